"""Every French word that the frame of a chapter shows to readers or authors."""

from __future__ import annotations

from typing import Final

#: What introduces the title of each box.
KICKERS: Final = {
    "objectives": "Objectifs",
    "predict": "À vous de prédire",
    "answer": "Réponse",
    "quiz": "Question",
    "misconception": "Vrai ou faux ?",
    "pitfall": "Piège",
    "details": "Détail",
    "keypoints": "À retenir",
    "hint": "Indice",
    "solution": "Solution",
    "exercise": "Exercice {number}",
}

LABELS: Final = {
    # shown to students
    "duration": "Durée",
    "lecture": "{lecture} de cours",
    "practical": "{practical} de TP",
    "requires": "Prérequis",
    "versions": "Vérifié avec",
    "downloads": "Télécharger",
    "level": "Niveau {level}",
    "minutes": "{minutes} min",
    "several": "Plusieurs réponses sont justes.",
    "right": "Juste.",
    "wrong": "Faux.",
    "true": "Vrai",
    "false": "Faux",
    "it-is-true": "L’affirmation est vraie.",
    "it-is-false": "L’affirmation est fausse.",
    "check": "Vérifier",
    "status-right": "Bonne réponse.",
    "status-wrong": "Ce n’est pas la bonne réponse.",
    "status-partial": "Il manque au moins une réponse juste.",
    "status-empty": "Choisissez d’abord une réponse.",
    # shown to authors: fact, remedy
    "empty": "« {kind} » est vide",
    "empty-remedy": "Écrire son contenu, en retrait sous la directive.",
    "lecture-missing": "les objectifs n’annoncent pas la durée du cours",
    "lecture-missing-remedy": "Ajouter « :lecture: 75 min » sous « .. objectives:: ».",
    "objectives-count": "{count} objectif(s), il en faut 3 à 5",
    "objectives-count-remedy": "Écrire une liste de 3 à 5 objectifs observables.",
    "keypoints-count": "{count} point(s) à retenir pour {objectives} objectifs",
    "keypoints-count-remedy": "Écrire au moins un point par objectif.",
    "answer-missing": "la prédiction n’a pas de réponse",
    "answer-missing-remedy": "Ajouter « .. answer:: » dans le corps de « .. predict:: ».",
    "answer-alone": "la réponse n’est pas dans une prédiction",
    "answer-alone-remedy": "La mettre en retrait sous « .. predict:: ».",
    "title-missing": "« {kind} » n’a pas de titre",
    "title-missing-remedy": "Écrire le titre sur la ligne de la directive.",
    "quiz-choices": "la question n’a pas au moins deux choix",
    "quiz-choices-remedy": "Écrire une liste de choix « - [ ] … » et « - [x] … ».",
    "quiz-mark": "un choix ne dit pas s’il est juste : « {choice} »",
    "quiz-mark-remedy": "Le commencer par « [x] » (juste) ou « [ ] » (faux).",
    "quiz-right": "aucun choix n’est juste",
    "quiz-right-remedy": "Marquer la bonne réponse : « - [x] … ».",
    "quiz-feedback": "un choix n’a pas de rétroaction : « {choice} »",
    "quiz-feedback-remedy": "Ajouter, sous le choix, un paragraphe qui l’explique.",
    "verdict": "l’affirmation n’a pas de verdict",
    "verdict-remedy": "Ajouter « :verdict: vrai » ou « :verdict: faux ».",
    "exercise-level": "l’exercice n’a pas de niveau connu",
    "exercise-level-remedy": "Ajouter « :level: facile », « moyen » ou « difficile ».",
    "exercise-minutes": "l’exercice n’annonce pas un nombre de minutes : « {minutes} »",
    "exercise-minutes-remedy": "Écrire un nombre entier, « :minutes: 10 ».",
}
