"""What a project can choose, and what is found out about the machine."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How blocks are run."""

    root: str  #: folder of the project
    store: str  #: folder of the recorded results
    device: str = "cpu"  #: "cpu" or "cuda", never "auto"
    timeout: float = 60.0  #: seconds per block
    memory: int = 3072  #: MiB per session; 0 is no limit
    jobs: int = 1  #: sessions run at once
    preload: tuple[str, ...] = ("numpy", "torch", "matplotlib.pyplot")
    ignored: tuple[str, ...] = (".venv", "build", "_build")  #: folders whose files are nobody's data
    seed: int = 0  #: where every generator starts; other than 0, the seeds that blocks choose are moved too
    start: int = 0  #: added to where generators start, before any block chooses a seed
    hash_seed: int = 0
    threads: int = 1
    confined: bool = False  #: the code is a student's: no network, nothing outside its folder
    checkpoints: int = 0  #: states of sessions kept for the next edit; only ``epreuve live`` keeps some


def installed(distribution: str) -> str:
    """Version of an installed distribution, or ``""``."""
    from importlib.metadata import PackageNotFoundError, version  # 20 ms that only some commands need

    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


@cache
def gpu_name() -> str:
    """Name of the first NVIDIA GPU torch could use, found without opening CUDA; ``""`` without one."""
    if "+cpu" in installed("torch") or not installed("torch"):
        return ""
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in information.read_text().splitlines():
            if line.startswith("Model:"):
                return line.partition(":")[2].strip()
    return "GPU NVIDIA" if Path("/dev/nvidiactl").exists() else ""


def device_of(choice: str) -> str:
    """``"cpu"`` or ``"cuda"`` from the author's choice.

    Raises ``ValueError`` for an unknown choice, or for ``cuda`` without a GPU.
    """
    choice = os.environ.get("EPREUVE_DEVICE") or choice
    if choice not in ("auto", "cpu", "cuda"):
        raise ValueError(f"EPREUVE_DEVICE vaut « {choice} » : choisir auto, cpu ou cuda")
    if choice == "cuda" and not gpu_name():
        raise ValueError("EPREUVE_DEVICE=cuda, mais aucun GPU utilisable par torch n’a été trouvé : choisir auto ou cpu")
    return "cuda" if choice != "cpu" and gpu_name() else "cpu"


def facts_of(settings: Settings) -> dict[str, str]:
    """What a reader must know of the machine: versions and device."""
    named = {name: installed(name) for name in ("torch", "numpy", "matplotlib", "scikit-learn")}
    device = gpu_name() if settings.device == "cuda" else "CPU"
    return {"python": platform.python_version(), **{k: v for k, v in named.items() if v}, "device": device}
