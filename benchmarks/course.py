"""The pages that every tool builds, made here, in no tool's format.

A :class:`Page` is a title and blocks; each block is a sentence and some code. The
code prints nothing that depends on the time or on the machine, so that every tool
must show the same outputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Block:
    """A sentence, then code."""

    code: str
    prose: str = "Le bloc suivant est exécuté dans l’espace de noms de la page."
    figure: bool = False  #: whether it draws one
    raises: str = ""  #: the error it must end with


@dataclass(frozen=True)
class Page:
    """A page of a course."""

    name: str
    title: str
    blocks: tuple[Block, ...]


def page(name: str, title: str, text: str) -> Page:
    """A page from code whose blocks are separated by ``# %%`` (``# %% figure`` for one that draws)."""
    blocks = []
    for part in text.strip().split("# %%")[1:]:
        head, _, code = part.partition("\n")
        blocks.append(Block(code.strip("\n"), figure="figure" in head))
    return Page(name, title, tuple(blocks))


TENSORS = """
# %%
import torch
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
x
# %%
x.shape, x.dtype
# %%
x + 1, 2 * x
# %%
x @ x.T
# %%
x.sum(dim=0), x.mean(dim=1)
# %%
y = x.reshape(3, 2)
y[1, 0] = 10.0
x
# %%
torch.arange(12).reshape(3, 4)[:, ::2]
# %%
torch.manual_seed(0)
a = torch.randn(600, 600)
b = torch.zeros(600, 600)
for _ in range({steps45}):
    b = torch.tanh(a @ b + a)
b.isfinite().all()
# %%
import numpy as np
torch.from_numpy(np.eye(3))
# %% figure
import matplotlib.pyplot as plt
plt.plot(torch.linspace(-3, 3, 50), torch.linspace(-3, 3, 50).tanh())
plt.show()
"""

AUTOGRAD = """
# %%
import torch
x = torch.tensor(3.0, requires_grad=True)
y = x ** 2 + 2 * x
y
# %%
y.backward()
x.grad
# %%
with torch.no_grad():
    print((x * 2).requires_grad)
# %%
w = torch.zeros(2, requires_grad=True)
target = torch.tensor([1.0, -2.0])
for step in range({steps3300}):
    loss = ((w - target) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        w.grad.zero_()
print(f"{loss.item():.4f}")
# %%
w.detach().round(decimals=3)
# %%
z = torch.ones(3, requires_grad=True)
torch.autograd.grad((z ** 3).sum(), z)
# %%
print(z.grad)
# %% figure
import matplotlib.pyplot as plt
t = torch.linspace(-2, 2, 60, requires_grad=True)
(t ** 3).sum().backward()
plt.plot(t.detach(), t.grad)
plt.show()
"""

LOSSES = """
# %%
import torch
from torch import nn
prediction, target = torch.tensor([0.2, 0.9]), torch.tensor([0.0, 1.0])
nn.MSELoss()(prediction, target)
# %%
nn.L1Loss()(prediction, target)
# %%
nn.BCELoss()(prediction, target)
# %%
logits = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 0.3]])
nn.CrossEntropyLoss()(logits, torch.tensor([0, 2]))
# %%
logits.softmax(dim=1)
# %%
torch.manual_seed(0)
features = torch.randn(200, 5)
labels = (features[:, 0] > 0).float()
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range({steps7700}):
    loss = nn.functional.binary_cross_entropy_with_logits(model(features).squeeze(1), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"{loss.item():.2f}")
# %%
((model(features).squeeze(1) > 0) == labels.bool()).float().mean() > 0.9
# %% figure
import matplotlib.pyplot as plt
errors = torch.linspace(-2, 2, 50)
plt.plot(errors, errors ** 2)
plt.plot(errors, errors.abs())
plt.show()
"""

XOR = """
# %%
import torch
from torch import nn
inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
outputs = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
# %%
torch.manual_seed(1)
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
model
# %%
sum(p.numel() for p in model.parameters())
# %%
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
history = []
for epoch in range({steps15000}):
    loss = nn.functional.mse_loss(model(inputs), outputs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
print(len(history))
# %%
history[-1] < history[0]
# %% figure
import matplotlib.pyplot as plt
plt.semilogy(history)
plt.show()
# %%
model(inputs).shape
# %%
print("essai {edit}")
"""

SCALING = """
# %%
import torch
from torch import nn
torch.manual_seed(0)
raw = torch.rand(300, 2) * torch.tensor([1.0, 1000.0])
raw.shape
# %%
target = raw[:, :1] * 3 + raw[:, 1:] / 500
target.shape
# %%
raw.mean(dim=0).round()
# %%
scaled = (raw - raw.mean(dim=0)) / raw.std(dim=0)
scaled.mean(dim=0).abs() < 1e-5
# %%
def train(features, steps):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        loss = nn.functional.mse_loss(model(features), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()
# %%
slow = train(raw, {steps4000})
# %%
fast = train(scaled, {steps4000})
print(fast < slow + 1e6)
# %% figure
import matplotlib.pyplot as plt
plt.scatter(*scaled.T)
plt.show()
"""

PROFILING = """
# %%
import torch
from torch.profiler import profile, ProfilerActivity
torch.manual_seed(0)
a, b = torch.randn(64, 64), torch.randn(64, 64)
# %%
with profile(activities=[ProfilerActivity.CPU]) as recorded:
    for _ in range(20):
        c = (a @ b).relu()
sorted({e.key for e in recorded.key_averages()} & {"aten::matmul", "aten::relu"})
# %%
next(e.count for e in recorded.key_averages() if e.key == "aten::relu")
# %%
from torch import nn
model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
model
# %%
sum(p.numel() for p in model.parameters())
# %%
for _ in range({steps5500}):
    model.zero_grad()
    model(a).pow(2).mean().backward()
print(model[0].weight.grad.shape)
# %%
import time
start = time.perf_counter()
time.perf_counter() > start
# %% figure
import matplotlib.pyplot as plt
plt.imshow(model[0].weight.detach())
plt.show()
"""

TEXTS = {
    "tenseurs": ("Tenseurs", TENSORS),
    "autograd": ("Dérivation automatique", AUTOGRAD),
    "pertes": ("Fonctions de perte", LOSSES),
    "xor": ("Le ou exclusif", XOR),
    "echelle": ("Mise à l’échelle", SCALING),
    "profilage": ("Profilage", PROFILING),
}
EDITED = "xor"  #: the page that is edited: some 5 s of training, then a last block that costs nothing


def filled(text: str, scale: float, edit: int) -> str:
    """The code with its numbers of steps; ``{steps100}`` is 100 at scale 1."""
    import re

    text = re.sub(r"\{steps(\d+)\}", lambda m: str(max(1, round(int(m[1]) * scale))), text)
    return text.replace("{edit}", str(edit))


def benchmark(scale: float = 1.0, edit: int = 0, prose: int = 0) -> list[Page]:
    """Six pages, 50 blocks. ``edit`` changes the last block of one page, ``prose`` a sentence of it."""
    pages = [page(name, title, filled(text, scale, edit)) for name, (title, text) in TEXTS.items()]
    return [with_prose(p, prose) if p.name == EDITED else p for p in pages]


def with_prose(page: Page, number: int) -> Page:
    """The page with another sentence before its last block."""
    *others, last = page.blocks
    return replace(page, blocks=(*others, replace(last, prose=f"Version {number} de cette phrase.")))


TRAINING = """
# %%
import torch
from torch import nn
torch.manual_seed({seed})
features = torch.randn(100, 4)
target = features.sum(dim=1, keepdim=True).sin()
# %%
def step(model, optimizer):
    loss = nn.functional.mse_loss(model(features), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
"""
ROUND = """
# %%
model = nn.Sequential(nn.Linear(4, {width}), nn.Tanh(), nn.Linear({width}, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
# %%
losses = [step(model, optimizer) for _ in range({steps2000})]
# %%
losses[-1] < losses[0]
"""


def training(scale: float = 1.0, pages: int = 8) -> list[Page]:
    """Pages that mostly train: 20 blocks each, six trainings."""
    text = TRAINING + "".join(ROUND.replace("{width}", str(8 + 4 * n)) for n in range(6))
    return [
        page(f"entrainement{n}", f"Entraînement {n}", filled(text.replace("{seed}", str(n)), scale, 0)) for n in range(1, pages + 1)
    ]


def cheap(pages: int, blocks: int = 20) -> list[Page]:
    """Many pages of blocks that cost nothing."""
    first = Block("import torch\nx = torch.arange(6.0)")
    return [
        Page(f"page{n:03}", f"Page {n}", (first, *(Block(f"print({n}, (x + {b}).sum())") for b in range(1, blocks))))
        for n in range(1, pages + 1)
    ]
