"""Optimizers work without torch's compiler as they do with it, and as they should once it is there."""

import subprocess
import sys

import pytest

TRAIN = """
import sys, torch
{prepare}
losses = []
for cls, options in [(torch.optim.SGD, dict(momentum=0.9)), (torch.optim.Adam, {{}}), (torch.optim.AdamW, {{}}), (torch.optim.RMSprop, {{}})]:
    torch.manual_seed(0)
    model, x = torch.nn.Linear(3, 1), torch.randn(8, 3)
    optimizer = cls(model.parameters(), lr=0.01, **options)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    def loss():
        optimizer.zero_grad()
        value = (model(x) ** 2).mean()
        value.backward()
        return value
    for _ in range(5):
        losses.append(optimizer.step(loss).item())
        scheduler.step()
    copy = cls(model.parameters())
    copy.load_state_dict(optimizer.state_dict())
    losses.append(copy.param_groups[0]["lr"])
print(losses, torch.is_grad_enabled(), file=sys.stdout)
{after}
"""
SPARE = "from epreuve.optimizers import spare_compiler; spare_compiler(torch)"


def run(prepare: str, after: str = "") -> str:
    done = subprocess.run([sys.executable, "-c", TRAIN.format(prepare=prepare, after=after)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def expected() -> str:
    return run("")


def test_same_numbers_and_the_compiler_stays_away(expected):
    assert run(SPARE, "print('torch._dynamo' in sys.modules)") == expected + "False\n"


def test_same_numbers_once_the_compiler_is_loaded(expected):
    assert run(SPARE + "; import torch._dynamo") == expected


def test_a_compiled_training_step_gives_the_numbers_of_one_that_is_not():
    """With an optimizer made, and used, before the compiler is loaded."""
    compiled = """
model(x)
def train():
    loss()
    optimizer.step()
plain = [p.detach().clone() for p in model.parameters()]
state = {k: v.clone() for k, v in model.state_dict().items()}
first = optimizer.state_dict()
import copy as c
first = c.deepcopy(first)
train()
want = [p.detach().clone() for p in model.parameters()]
model.load_state_dict(state); optimizer.load_state_dict(first)
torch.compile(train, backend="eager")()
print(all(torch.equal(a, b) for a, b in zip(want, model.parameters())), "torch._dynamo" in sys.modules)
"""
    assert run(SPARE, compiled).splitlines()[-1] == "True True"
