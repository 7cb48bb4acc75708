"""Every French word of the notebooks and scripts that a student sees."""

from __future__ import annotations

LABELS = {
    "notebook": "carnet",
    "script": "script Python",
    "student": "carnet à compléter",
    "solutions": "carnet des solutions",
    "colab": "ouvrir dans Colab",
    "binder": "ouvrir dans Binder",
    "download": "Télécharger",
    "prepare": "# Préparation : les mêmes tirages au hasard que sur la page",
    "not-run": "*Non exécuté ici : {reason}.*",
    "other-session": "*Ce bloc s’exécute à part, dans un processus neuf.*",
    "requires": "# Demande un paquet de plus : {packages}",
    "expected": "**Résultat attendu**",
    "expected-figure": "*La figure attendue est sur la page du TP.*",
    "figure": "*Figure : {alt}*",
    "from-page": "Tiré de la page [{title}]({url}).",
    "raised": "# Ce bloc lève {error}, pour de bon : le script la montre et continue",
    "not-in-script": "# Bloc qui ne se relit pas hors de la page : {reason}",
}
