"""Every French word of the engine that a reader or an author sees."""

from __future__ import annotations

SHOW_CODE = "Voir le code"
SHOW_FIGURE_CODE = "Voir le code de la figure"
PROBLEM = "À corriger"
MARK = "vérifié"
MARK_SEEDS = "vérifié sur {n} graines, vrai pour {held}"
MARK_TITLE = "Voir ce bloc sur la page « Vérification »"
NOT_RUN = "non exécuté"
NO_GPU = "aucun GPU sur la machine qui a construit ce site"
ERROR_LINE = "ligne {line}"
ERROR_ABOVE = "plus haut"

PROBLEMS = {
    "error": ("{type} imprévue : {message}", "Corriger le bloc, ou ajouter « :raises: {type} » si l’erreur fait partie du cours."),
    "blocked": ("bloqué par le bloc {block} ({place})", ""),
    "timeout": ("le bloc n’a pas fini en {seconds:g} s", "Raccourcir le calcul, ou ajouter « :timeout: » avec une durée en secondes."),
    "killed": ("le processus de la page s’est arrêté ({how}), mémoire au plus {peak:.0f} Mio", "Corriger le bloc ; les blocs suivants de la page n’ont pas pu s’exécuter."),
    "memory": ("la session a dépassé {limit} Mio de mémoire (au plus {peak:.0f} Mio)", "Réduire les données, ou augmenter « epreuve_memory » dans conf.py."),
    "not-raised": ("« {expected} » était annoncée, le bloc n’a levé aucune erreur", "Retirer « :raises: », ou rétablir le code qui échoue."),
    "wrong-error": ("« {expected} » était annoncée, le bloc a levé {type} : {message}", "Corriger « :raises: » ou le code."),
    "wrong-message": ("le message de {type} ne contient pas « {match} » : {message}", "Corriger « :match: » d’après ce message."),
    "wrong-line": ("{type} est levée à la ligne {line} du bloc, pas à la dernière instruction du bloc", "Découper le bloc, ou placer un attendu « # → {type} » sur la ligne qui échoue."),
    "expectation": ("l’attendu ne correspond pas", "Corriger le code ou l’attendu ; « epreuve fix » le réécrit d’après l’exécution."),
    "unreached": ("cet attendu n’a pas été vérifié : son instruction ne s’est pas exécutée", "Déplacer l’attendu, ou exécuter l’instruction."),
    "unattached": ("cet attendu ne suit aucune instruction", "Le placer au bout ou juste après l’instruction dont il donne le résultat."),
    "output": ("la sortie attendue ne correspond pas", "Corriger le code ou la sortie attendue."),
    "warning": ("avertissement Python non annoncé : {category} : {message}", "Corriger le code, ou ajouter « :warns: {category} »."),
    "no-warning": ("« {category} » était annoncé, aucun avertissement de ce type n’est venu", "Retirer « :warns: » ou corriger le code."),
    "skip": ("le bloc n’est pas exécuté, sans raison donnée", "Écrire la raison : « :skip: raison »."),
    "alt": ("figure sans texte de remplacement", "Ajouter « :alt: » : une phrase qui dit ce que la figure montre."),
    "magic": ("« {line} » est une commande de notebook, pas du Python", "Retirer la ligne : les figures s’affichent sans « %matplotlib » ; installer les paquets dans un bloc « bash »."),
    "prompt": ("le bloc recopie une session interactive (« >>> »), ce n’est pas un programme", "Retirer les invites et écrire les réponses en attendus « # → » ; ou, pour montrer sans exécuter, nommer le langage « pycon »."),
    "input": ("input() attend un lecteur, qui n’est pas là pendant la construction", "Donner la valeur dans le code."),
    "ellipsis": ("« ... » dans un bloc qui s’exécute n’est pas du code", "Écrire le code, ou en faire un extrait : « :excerpt-of: nom »."),
    "value": ("l’expression « {source} » ne se calcule pas : {type} : {message}", "Corriger l’expression, ou la placer après le bloc qui définit ses noms."),
    "says": ("le texte dit « {stated} », le calcul donne {value}", "Corriger le nombre ou l’expression."),
    "excerpt": ("cette ligne de l’extrait ne se trouve pas, à sa place, dans « {name} » : {line}", "Recopier les lignes du programme, et « ... » pour celles qui manquent."),
    "no-program": ("aucun bloc exécuté ne se nomme « {name} »", "Ajouter « :name: {name} » au bloc qui s’exécute."),
    "package": ("« pip install {name} » : ce paquet n’est pas dans requirements.txt", "L’y ajouter, ou le déclarer : « :packages: {name} »."),
    "command": ("{message}", "{remedy}"),
    "lost": ("directive de code perdue : docutils la lit comme du texte", "Laisser une ligne vide avant « {directive} », et aligner la directive sur le texte qui l’entoure."),
    "refused": ("directive refusée : {directive}", "{remedy}"),
    "orphan-output": ("cette sortie attendue ne suit aucun bloc exécuté", "La placer juste après son bloc, une seule fois."),
    "empty": ("bloc sans code", "Écrire le code, décalé sous la directive après une ligne vide, ou retirer le bloc."),
    "nothing": ("l’expression « {source} » ne donne rien", "Écrire une expression qui vaut un nombre ou un texte."),
    "says-form": ("nombre annoncé mal écrit : {directive}", "Écrire :says:`texte = expression`, des espaces autour du signe égal."),
    "val-title": ("un titre ne peut pas calculer sa valeur : {directive}", "Écrire :says:`texte = expression` : le sommaire a besoin du texte."),
    "lost-file": ("programme non lu : « {directive} »", "Vérifier le chemin du fichier, et la ligne vide avant la directive."),
    "solution-refused": ("la vérification refuse la solution : {type} : {message}", "Corriger la solution, ou ce que la vérification exige."),
    "starter-error": ("le code de départ ne s’exécute pas : {type} : {message}", "L’étudiant doit pouvoir l’exécuter tel quel : donner un départ à la solution (« # départ »), ou rendre ce qui suit tolérant."),
    "starter-accepted": ("la vérification accepte le code de départ : l’exercice est déjà fait", "Vérifier ce que la solution change."),
    "check-error": ("sur le code de départ, la vérification échoue sans le dire : {type} : {message}", "Commencer par un « assert » qui dit ce qui manque."),
    "check-words": ("sur le code de départ, la vérification ne dit pas ce qu’elle devrait : « {message} »", "Écrire le message de l’« assert », ou corriger « :match: »."),
    "holds": ("vrai pour {rate:.0f} % des {n} graines, {promised:g} % annoncés", "Corriger l’affirmation, ou déclarer « :holds: {rate:.0f} % »."),
    "nondeterministic": ("la sortie a changé d’une exécution à l’autre", "Fixer la graine, ou ajouter « :volatile: raison »."),
}
EXPECTED, OBTAINED = "attendu", "obtenu"
BLOCKED_HERE = "bloqués par ce bloc : {places}"
REFUSED = {"unknown": "option inconnue « {option} »", "invalid": "valeur refusée pour « :{option}: » ({value})", "other": "{text}"}
REFUSED_REMEDY = "Corriger la directive ; ses options sont dans epreuve/README.md et dans la documentation de Sphinx."
CUT = "…"
AT_LINE = "à {place} : {line}"
