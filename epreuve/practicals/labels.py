"""Every French word of the practicals that a student or an author sees."""

from __future__ import annotations

TO_DO = "...  # à vous"

LABELS = {
    "starter": "Code de départ",
    "check": "Vérifier ma réponse",
    "expected": "Résultat attendu",
    "solution": "Solution",
}

PROBLEMS = {
    "marks": ("cette marque n’a pas sa pareille", "Entourer la réponse de « # début solution » et « # fin solution »."),
    "no-marks": ("la solution ne dit pas ce que l’étudiant doit écrire", "L’entourer de « # début solution » et « # fin solution », ou finir une ligne par « # solution »."),
    "no-check": ("l’exercice n’a pas de vérification", "Ajouter une cellule marquée « check »."),
    "no-solution": ("l’exercice n’a pas de solution", "Ajouter une cellule marquée « solution », ou une boîte « solution » s’il se fait sur papier."),
    "hints": ("{count} indice(s), il en faut 1 à 3", "Ajouter des boîtes « hint », de la plus vague à la plus précise."),
    "no-level": ("l’exercice ne dit pas son niveau ou sa durée", "Ajouter « :level: » et « :minutes: »."),
    "no-name": ("l’exercice n’a pas de nom", "Ajouter « :name: ex-… » : les carnets rendus se reconnaissent à lui."),
    "alone": ("cellule « {tag} » hors d’un exercice", "La placer après une boîte « exercise », avant le titre suivant."),
    "option": ("option de cellule refusée : {message}", "Voir les options d’un bloc dans le guide des auteurs."),
    "nested": ("cellule de code à l’intérieur d’une boîte : elle ne s’exécuterait pas", "La sortir de la boîte : une cellule est au premier niveau du fichier."),
}
