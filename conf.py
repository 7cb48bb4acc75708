"""Configuration Sphinx du cours. Les réglages communs sont dans les extensions « epreuve »."""

import os

project = "Apprendre PyTorch, preuve à l’appui"
author = "les auteurs du cours"
copyright = "les auteurs du cours, CC BY-SA 4.0 (texte) et MIT (code)"
release = version = "0.1.0"

language = "fr"
smartquotes = False  # elles prennent l’apostrophe devant **gras** pour un guillemet
numfig = True

extensions = [
    "epreuve",
    "epreuve.slides",
    "epreuve.frame",
    "epreuve.figures",
    "epreuve.math",
    "epreuve.search",
    "epreuve.site",
    "epreuve.practicals",
    "epreuve.products",
    "epreuve.teacher",
]
exclude_patterns = ["build", ".*", "tests", "epreuve", "benchmarks", "images", "README*", "CHANGELOG*"]

epreuve_store = "build/epreuve"  # résultats enregistrés
epreuve_repository = os.environ.get("EPREUVE_REPOSITORY", "")  # adresse du dépôt : « Signaler une erreur », boutons Colab et Binder
