"""Execute and verify the Python blocks of a Sphinx project, once.

``extensions = ["epreuve"]`` is enough: each ``.. code-block:: python`` runs, its
outputs appear under it, and whatever is false makes the build fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__version__ = "0.1.0"


def setup(app: Sphinx) -> dict[str, object]:
    """The extension, in build order."""
    from . import build, markup, plan, proofpage, render

    app.add_config_value("epreuve_device", "auto", "", str)
    app.add_config_value("epreuve_timeout", 60, "", (int, float))
    app.add_config_value("epreuve_memory", 3072, "", int)
    app.add_config_value("epreuve_jobs", 0, "", int)
    app.add_config_value("epreuve_preload", ("numpy", "torch", "matplotlib.pyplot"), "", (list, tuple))
    app.add_config_value("epreuve_run", True, "", bool)
    app.add_config_value("epreuve_live", False, "", bool)
    app.add_config_value("epreuve_store", "_build/epreuve", "", str)
    app.add_event("epreuve-proved")

    markup.setup_markup(app)  # what authors write; blocks noted at doctree-read
    app.add_directive("proofs", proofpage.Proofs)
    app.connect("builder-inited", build.on_builder_inited)
    app.connect("env-before-read-docs", build.on_before_read)  # warm up while Sphinx reads
    app.connect("env-updated", build.on_env_updated, priority=600)  # run, check
    app.add_post_transform(render.PutOutputs)
    app.add_post_transform(proofpage.PutProofs)
    app.connect("build-finished", proofpage.write_measures)
    app.connect("build-finished", build.on_build_finished)  # say it, decide the exit status
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True, "env_version": plan.reading_version()}
