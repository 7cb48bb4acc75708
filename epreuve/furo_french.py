"""The French words of the theme furo, whose templates speak English.

The words are replaced in the *source* of furo's templates, before Jinja compiles
them: what authors write can never be touched, and nothing is replaced at each page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2.ext import Extension

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: The page of results has neither a title nor a form of its own.
SEARCH_FORM = """<h1>Recherche</h1>
<form class="ep-search" method="get" action="search.html" role="search" aria-label="Nouvelle recherche">
  <input type="search" name="q" aria-label="Mots cherchés"> <button type="submit">Rechercher</button>
</form>
"""

#: English words of furo's templates and ours, and what its landmarks lack.
TEMPLATES = {
    "Toggle site navigation sidebar": "Afficher ou masquer le menu du cours",
    "Toggle table of contents sidebar": "Afficher ou masquer le sommaire de la page",
    "Toggle Light / Dark / Auto color theme": "Changer de thème : clair, sombre ou automatique",
    "Skip to content": "Aller au contenu",
    "Back to top": "Haut de page",
    "On this page": "Sur cette page",
    '_("Next")': '_("Suivant")',
    '_("Previous")': '_("Précédent")',
    '_("Home")': '_("Accueil")',
    '_("Search")': '_("Rechercher")',
    '_("Search" )': '_("Rechercher dans le cours")',
    "{% trans %}Error{% endtrans %}": "Erreur",
    "Please activate JavaScript to enable the search functionality.": "La recherche a besoin de JavaScript.",
    "Made with ": "Fait avec ",
    '<aside class="sidebar-drawer"': '<aside aria-label="Menu du cours" class="sidebar-drawer"',
    '<aside class="toc-drawer': '<aside aria-label="Sommaire de la page" class="toc-drawer',
    '<div id="search-results">': SEARCH_FORM + '<div id="search-results">',
    "<title>Contents</title>": "<title>Sommaire</title>",
    "<title>Expand</title>": "<title>Déplier</title>",
    "<title>Light mode</title>": "<title>Thème clair</title>",
    "<title>Dark mode</title>": "<title>Thème sombre</title>",
    "<title>Auto light/dark, in light mode</title>": "<title>Thème automatique, clair</title>",
    "<title>Auto light/dark, in dark mode</title>": "<title>Thème automatique, sombre</title>",
}

#: The navigation tree is made in Python, not by a template.
NAVIGATION = {
    "Toggle navigation of ": "Déplier ou replier : ",
    'role="heading"': 'role="heading" aria-level="2"',
}


class FrenchFuro(Extension):
    """Translate each template of the theme as it is loaded."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return replace_all(source, TEMPLATES) if "furo" in (filename or "") else source


def replace_all(text: str, words: dict[str, str]) -> str:
    """The text with each key replaced by its value."""
    for english, french in words.items():
        text = text.replace(english, french)
    return text


def speak_french(app: Sphinx) -> None:
    """Before any page is written."""
    if templates := getattr(app.builder, "templates", None):
        templates.environment.add_extension(FrenchFuro)


def translate_navigation(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: object
) -> None:
    """The tree at the left of each page; its captions say their level."""
    if tree := context.get("furo_navigation_tree"):
        context["furo_navigation_tree"] = replace_all(tree, NAVIGATION)
