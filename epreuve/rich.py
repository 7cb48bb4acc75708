"""Richest representations: what IPython shows of a value, figures, graphs.

Everything here is made once, in the warm process, and attached to a worker
after the fork. Works without IPython or matplotlib (values are then text).
"""

from __future__ import annotations

import base64
import io
import locale
import re
import sys
from importlib import resources
from importlib.util import find_spec

from .capture import Capture, Text, shortened
from .model import Output
from .svg import lighter

DOT = "text/vnd.graphviz"
#: from the richest to the plainest
MIMES = (DOT, "text/html", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")
SHELL = None  #: IPython's shell, when there is one
WORKER = None  #: whoever collects what ``display`` publishes


def warm_up() -> None:
    """Make the shell and draw one figure, so that no block pays for it."""
    global SHELL
    if find_spec("IPython"):
        SHELL = make_shell()
    if "matplotlib.pyplot" in sys.modules:
        prepare_matplotlib()


def make_shell():
    """An ``InteractiveShell`` without kernel, history or threads."""
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        """Sends ``display(…)`` to the capture."""

        def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
            WORKER.capture.show(output_of("display", data))

        def clear_output(self, wait=False):
            WORKER.capture.clear()

    class Shell(InteractiveShell):
        """The shell of notebooks; blocks are executed by :mod:`epreuve.worker`."""

        display_pub_class = Publisher

        def get_ipython(self):
            return self

        def showtraceback(self, exc_tuple=None, *args, **kwargs):
            """A value that cannot be shown is an error of its block, not a traceback on the page."""
            raise (exc_tuple or sys.exc_info())[1]

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=config, user_ns={})
    shell.display_formatter.active_types = list(MIMES[1:])
    for name in ("Graph", "Digraph"):
        shell.display_formatter.mimebundle_formatter.for_type_by_name("graphviz.graphs", name, graph_bundle)
    shell.display_formatter.mimebundle_formatter.for_type_by_name("graphviz.sources", "Source", graph_bundle)
    return shell


def attach(worker) -> None:
    """Let displays reach a worker, whose namespace becomes the shell's."""
    global WORKER
    WORKER = worker
    if SHELL:
        SHELL.user_module, SHELL.user_ns = worker.module, worker.namespace


def bundle(value: object) -> dict[str, object]:
    """Mime type → representation of a value."""
    if SHELL is None:
        return {"text/plain": repr(value)}
    data, _ = SHELL.display_formatter.format(value)
    return data or {}


def plain(value: object) -> str:
    """A value as the text a notebook shows."""
    return str(SHELL.display_formatter.formatters["text/plain"](value)) if SHELL else repr(value)


def output_of(kind: str, data: dict[str, object]) -> Output:
    """The richest representation of a bundle."""
    mime = next((m for m in MIMES if m in data), "text/plain")
    content = data.get(mime, "")
    text = base64.b64encode(content).decode() if isinstance(content, bytes) else str(content)
    text = shortened(text) if mime == "text/plain" else text
    shown = "figure" if mime.startswith("image/") or mime == DOT else kind
    return Output(shown, mime, text, shortened(str(data.get("text/plain", ""))))


def show_value(capture: Capture, value: object, stated: bool = False) -> None:
    """Show the last value of a block; a figure is drawn once."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot and type(value).__name__ == "Figure" and hasattr(value, "savefig"):
        flush_figures(capture)
        if not hasattr(value, "_epreuve_shown"):
            capture.show(figure_output(value))
        return
    data = bundle(value)
    if data:
        output = output_of("value", data)
        if stated:
            capture.watching.append(Text("value", stated=True))
        capture.show(output)
        if stated:
            capture.watching.pop()


# -- matplotlib -------------------------------------------------------------------


def prepare_matplotlib() -> None:
    """Style, reproducible SVG, ``plt.show`` that emits the figures."""
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("agg")
    write_commas()
    pyplot.style.use(str(resources.files("epreuve") / "cours.mplstyle"))
    pyplot.show = lambda *args, **kwargs: flush_figures(WORKER.capture)
    figure, axes = pyplot.subplots()
    axes.set_title("é $x^2$")
    axes.plot([0, 1])
    svg_of(figure)
    pyplot.close("all")


def write_commas() -> None:
    """Axes write numbers as Python's ``locale`` says: the French way, on machines that have no French locale too."""
    stock = locale.localeconv()
    locale.localeconv = lambda: {**stock, "decimal_point": ","}


def flush_figures(capture: Capture) -> None:
    """Emit every open figure, in order, and close them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    try:
        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            figure._epreuve_shown = True
            if figure.axes or figure.texts or figure.patches:
                capture.show(figure_output(figure))
    finally:
        pyplot.close("all")


def figure_output(figure) -> Output:
    """A matplotlib figure as SVG; nobody looks at those of other seeds, which are not drawn."""
    count = len(figure.axes)
    drawn = "" if WORKER.config.get("seed") else svg_of(figure)
    return Output("figure", "image/svg+xml", drawn, f"<Figure with {count} Axes>")


def svg_of(figure) -> str:
    """The SVG text of a figure, without date, its identifiers reproducible."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    return lighter(svg[svg.index("<svg") :])


# -- graphviz ----------------------------------------------------------------------


def graph_bundle(graph, include=None, exclude=None) -> dict[str, str]:
    """A ``graphviz`` graph as DOT, which :mod:`epreuve.draw` draws.

    Node names made from memory addresses are numbered in order of appearance.
    """
    names: dict[str, str] = {}
    source = re.sub(r"\b\d{9,}\b", lambda found: names.setdefault(found[0], f"n{len(names)}"), graph.source)
    return {DOT: source, "text/plain": f"<{type(graph).__name__}>"}
