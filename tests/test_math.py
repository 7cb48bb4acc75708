"""Formulas: KaTeX at build, for pages and decks, readable by screen readers, wrong ones reported at their line."""

from __future__ import annotations

import pytest

from epreuve.math import aligned, render

EXTENSIONS = ["epreuve.math"]
PAGE = r"""
Maths
=====

Soit :math:`\hat y = \sigma(w^\top x)` ; voir :eq:`perte`.

.. math::
   :label: perte

   \mathcal{L} &= \sum_i x_i \\
               &= \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}
"""
WRONG = r"""
Maths
=====

Une ligne
et une formule :math:`\frac{1` sur la deuxième.

- dans une liste : :math:`\inconnue`

.. math::

   x^
"""


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("a = b", "a = b"),
        (r"a \\ b", r"\begin{split}a \\ b\end{split}"),
        (r"\begin{align}a \\ b\end{align}", r"\begin{align}a \\ b\end{align}"),
        (r"x &= 1 \\ &= \begin{pmatrix}1\\2\end{pmatrix}", r"\begin{split}x &= 1 \\ &= \begin{pmatrix}1\\2\end{pmatrix}\end{split}"),
        ("a\n\nb", r"\begin{gathered}a\\b\end{gathered}"),
    ],
)
def test_several_lines(tex: str, expected: str):
    """Lines and equations are aligned as Sphinx does with MathJax, also around a matrix."""
    assert aligned(tex) == expected
    assert not render(aligned(tex), '{"displayMode": true}').error


@pytest.mark.parametrize("extensions", [EXTENSIONS, ["sphinx_revealjs", *EXTENSIONS]], ids=["page", "deck"])
def test_page_and_deck(build, extensions: list[str]):
    """The same formulas in both, with MathML beside the picture, a number and a link, and no MathJax."""
    built = build(index=PAGE, extensions=extensions, builder="revealjs" if len(extensions) > 1 else "html")
    html = built.read()
    assert (built.code, built.warnings) == (0, "")
    assert html.count('<span class="katex-mathml"><math') == html.count('<span class="katex-html" aria-hidden="true">') == 2
    assert 'href="#equation-perte"' in html and 'id="equation-perte"' in html and ">(1)<" in html
    assert "katex.min.css" in html and "mathjax" not in html.lower()
    assert (built.outdir / "_static/epreuve/katex/fonts/KaTeX_Main-Regular.woff2").exists()


def test_stylesheet_only_where_needed(build):
    built = build(index=PAGE, sans="Sans\n====\n\nPas de formule.", conf="exclude_patterns = []\nsuppress_warnings = ['toc.not_included']", extensions=EXTENSIONS)
    assert "katex.min.css" not in built.read("sans.html")


def test_speaker_notes_are_mathml_only(build):
    """The window of the speaker has no stylesheet: a picture would show each formula twice."""
    page = PAGE + "\n.. slide:: Une\n\n   Ici.\n\n   .. notes::\n\n      Note :math:`\\gamma`.\n"
    built = build(index=page, extensions=["sphinx_revealjs", "epreuve.slides", *EXTENSIONS], builder="revealjs")
    note = built.read().partition('<aside class="notes">')[2].partition("</aside>")[0]
    assert "<mi>γ</mi>" in note and "katex-html" not in note


def test_wrong_formulas_are_said_at_each_build(build):
    """Each at its own line, also when the page is not read again."""
    for _ in range(2):
        built = build(index=WRONG, extensions=EXTENSIONS)
        lines = [line.partition("index.rst:")[2].partition(":")[0] for line in built.warnings.splitlines()]
        assert lines == ["6", "8", "10"]
        assert "formule illisible : Undefined control sequence: \\inconnue" in built.warnings
    assert '<code class="ep-math-error">\\inconnue</code>' in built.read()


def test_wrong_formula_fails_the_build_with_the_engine(build):
    built = build(index=WRONG, extensions=["epreuve", *EXTENSIONS])
    assert built.code != 0
    assert "index.rst:8" in built.status + built.warnings


def test_macros(build):
    built = build(index="Titre\n=====\n\n:math:`\\loss \\in \\R`\n", extensions=EXTENSIONS, conf=r"epreuve_math_macros = {r'\loss': r'\ell'}")
    assert built.warnings == "" and "ℓ" in built.read()
