"""TP 2: other right answers, and typical wrong ones with what the check must say."""

PREDICTED = "first, second, third = [4.0, 6.0], [8.0, 12.0], [3.0, 3.0]\n"

LOOP = """
def {name}(lr=0.1):
    w = torch.tensor(0.0, requires_grad=True)
    for _ in range(50):
        loss = (w - 5) ** 2
        loss.backward()
        with torch.no_grad():
            {step}
        {clear}
    return w
"""


def loops(**changed: str) -> str:
    """The four functions, some of them replaced."""
    good = LOOP.replace("{step}", "w -= lr * w.grad").replace("{clear}", "w.grad = None")
    return "\n".join(changed.get(name, good).replace("{name}", name) for name in ("loop_a", "loop_b", "loop_c", "loop_d"))


VALUE = '''
import math

class Value:
    def __init__(self, data, inputs=()):
        self.data, self.grad = float(data), 0.0
        self._inputs, self._backward = inputs, lambda: None
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def __pow__(self, n):
        out = Value(self.data ** n, (self,))
        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad
        out._backward = _backward
        return out
    def tanh(self):
        out = Value(math.tanh(self.data), (self,))
        def _backward():
            self.grad += (1 - out.data ** 2) * out.grad
        out._backward = _backward
        return out
    def backward(self):
        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for w in v._inputs:
                    visit(w)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            v._backward()
    __radd__, __rmul__ = __add__, __mul__
    def __neg__(self): return self * -1
    def __sub__(self, other): return self + -other
'''

LOCAL = '''
import math

class Value:
    """Local derivatives, kept with each input; sorted by creation."""
    count = 0
    def __init__(self, data, inputs=()):
        self.data, self.grad, self.inputs = float(data), 0.0, inputs
        Value.count += 1
        self.rank = Value.count
    def wrap(self, o): return o if isinstance(o, Value) else Value(o)
    def __add__(self, o):
        o = self.wrap(o)
        return Value(self.data + o.data, ((self, 1.0), (o, 1.0)))
    def __mul__(self, o):
        o = self.wrap(o)
        return Value(self.data * o.data, ((self, o.data), (o, self.data)))
    def __pow__(self, n): return Value(self.data ** n, ((self, n * self.data ** (n - 1)),))
    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, ((self, 1 - t * t),))
    def backward(self):
        found, waiting = {}, [self]
        while waiting:
            v = waiting.pop()
            if id(v) not in found:
                found[id(v)] = v
                waiting += [i for i, _ in v.inputs]
        self.grad = 1.0
        for v in sorted(found.values(), key=lambda v: -v.rank):
            for i, d in v.inputs:
                i.grad += d * v.grad
    __radd__, __rmul__ = __add__, __mul__
    def __neg__(self): return self * -1
    def __sub__(self, o): return self + -o
'''

ANSWERS = {
    "ex-autograd-accumulation": {
        "right": [
            PREDICTED + "def gradients(losses, x):\n    return [torch.autograd.grad(loss(x), x)[0] for loss in losses]",
            "first, second, third = (4, 6), (8, 12), (3, 3)\n"
            "def gradients(losses, x):\n    out = []\n    for loss in losses:\n        v = x.detach().clone().requires_grad_()\n        loss(v).backward()\n        out.append(v.grad.tolist())\n    return out",
            "first, second, third = torch.tensor([4., 6]), torch.tensor([8., 12]), torch.tensor([3., 3])\n"
            "def gradients(losses, x):\n    out = []\n    for loss in losses:\n        if x.grad is not None: x.grad.zero_()\n        loss(x).backward()\n        out.append(x.grad.clone())\n    return torch.stack(out)",
            PREDICTED + 'def gradients(losses, x):\n    for f in losses:\n        yield torch.autograd.grad(f(x), x)[0]',
            PREDICTED + 'def gradients(losses, x):\n    return map(lambda f: torch.autograd.grad(f(x), [x])[0], losses)',
            PREDICTED + 'def gradients(losses, x):\n    return [torch.func.grad(f)(x) for f in losses]',
        ],
        "wrong": [
            ("first, second, third = [4, 6], [4, 6], [3, 3]\ngradients = None", "second vaut"),
            ("first, second, third = [4, 6], [8, 12], [11, 15]\ngradients = None", "third vaut"),
            (PREDICTED + "def gradients(losses, x):\n    out = []\n    for loss in losses:\n        loss(x).backward()\n        out.append(x.grad.clone())\n    return out", "gradient 2"),
            (PREDICTED + "def gradients(losses, x):\n    out = []\n    for loss in losses:\n        if x.grad is not None: x.grad.zero_()\n        loss(x).backward()\n        out.append(x.grad)\n    return out", "gradient 1"),
            (PREDICTED + "def gradients(losses, x):\n    out = []\n    for loss in losses:\n        loss(x).backward()\n        out.append(x.grad)\n        x.grad = None\n    return", "return"),
            (PREDICTED + 'def gradients(losses, x):\n    return [torch.autograd.grad(f(x), x) for f in losses]', 'deux nombres attendus'),
            (PREDICTED + 'def gradients(losses, x):\n    return [f(x).backward() for f in losses]', 'est None'),
        ],
    },
    "ex-autograd-reparer": {
        "right": [
            loops(),
            loops(
                loop_a=LOOP.replace("{step}", "w.sub_(lr * w.grad)").replace("{clear}", "w.grad.zero_()"),
                loop_b=LOOP.replace("{step}", "w.copy_(w - lr * w.grad)").replace("{clear}", "w.grad = None"),
                loop_c=LOOP.replace("{step}", "w.data -= lr * w.grad").replace("{clear}", "w.grad.zero_()"),
                loop_d=LOOP.replace("{step}", "w += -lr * w.grad").replace("{clear}", "w.grad = None"),
            ),
            loops(loop_b="\ndef {name}(lr=0.1):\n    w = torch.tensor(0.0, requires_grad=True)\n    for _ in range(50):\n        (w - 5).square().backward()\n"
                  "        w = (w - lr * w.grad).detach().requires_grad_()\n    return w.detach()\n"),
            loops(loop_b='\ndef {name}(lr=0.1):\n    w = torch.tensor(0.0, requires_grad=True)\n    for _ in range(50):\n        loss = (w - 5) ** 2\n        loss.backward()\n        with torch.no_grad():\n            w = (w - lr * w.grad).requires_grad_()\n        if not w.requires_grad:\n            break\n        w.grad = None\n    return w\n'),
            loops(loop_b='\ndef {name}(lr=0.1):\n    w = torch.tensor(0.0, requires_grad=True)\n    for _ in range(50):\n        loss = (w - 5) ** 2\n        loss.backward()\n        with torch.no_grad():\n            w.data = w - lr * w.grad\n        if not w.requires_grad:\n            break\n        w.grad = None\n    return w\n'),
        ],
        "wrong": [
            (loops(loop_a=LOOP.replace("{step}", "w -= lr * w.grad").replace("{clear}", "pass")), "loop_a.*d'un tour à l'autre"),
            (loops(loop_d=LOOP.replace("{step}", "w += lr * w.grad").replace("{clear}", "w.grad = None")), "loop_d.*sens"),
            (loops(loop_c=LOOP.replace("(w - 5) ** 2", "(w.detach() - 5) ** 2 + 0 * w").replace("{step}", "w -= lr * w.grad").replace("{clear}", "w.grad = None")), "loop_c"),
            (loops(loop_b="\ndef {name}(lr=0.1):\n    w = torch.tensor(0.0, requires_grad=True)\n    (w - 5).square().backward()\n    with torch.no_grad():\n        w = w - lr * w.grad\n    return w\n"), "loop_b.*feuille"),
            (loops(loop_c='\ndef {name}(lr=0.1):\n    return torch.tensor(5.0, requires_grad=True)\n'), '3\\.1792 attendu'),
            (loops(loop_b='\ndef {name}(lr=0.1):\n    w = torch.tensor(0.0, requires_grad=True)\n    for _ in range(50):\n        loss = (w - 5) ** 2\n        loss.backward()\n        with torch.no_grad():\n            w = w - lr * w.grad\n        if not w.requires_grad:\n            break\n        w.grad = None\n    return w\n'), 'loop_b.*feuille'),
        ],
    },
    "ex-autograd-graphe": {
        "right": [
            "def operations(y):\n    seen = {}\n    def visit(n):\n        if n is not None and n not in seen:\n            seen[n] = n.name()\n            for m, _ in n.next_functions:\n                visit(m)\n    visit(y.grad_fn)\n    return list(seen.values())",
            "from collections import deque\n\ndef operations(y):\n    todo, seen = deque([y.grad_fn]), {y.grad_fn}\n    while todo:\n        for m, _ in todo.popleft().next_functions:\n            if m is not None and m not in seen:\n                seen.add(m)\n                todo.append(m)\n    return tuple(type(n).__name__ for n in seen)",
            "def operations(y):\n    layer, seen = {y.grad_fn}, set()\n    while layer:\n        seen |= layer\n        layer = {m for n in layer for m, _ in n.next_functions if m} - seen\n    return sorted(n.name() for n in seen)",
            'def operations(y):\n    names, seen = [], set()\n    def visit(n):\n        if n is None or id(n) in seen:\n            return\n        seen.add(id(n))\n        names.append(n.name())\n        for m, _ in n.next_functions:\n            visit(m)\n    visit(y.grad_fn)\n    return names',
            'def operations(y):\n    found = {y.grad_fn}\n    while True:\n        more = found | {m for n in found for m, _ in n.next_functions if m is not None}\n        if more == found:\n            return [n.name() for n in found]\n        found = more',
        ],
        "wrong": [
            ("def operations(y):\n    out, todo = [], [y.grad_fn]\n    while todo:\n        n = todo.pop()\n        if n is not None:\n            out.append(n.name())\n            todo += [m for m, _ in n.next_functions]\n    return out", "deux chemins"),
            ("def operations(y):\n    out, todo = set(), [y.grad_fn]\n    while todo:\n        n = todo.pop()\n        if n is not None:\n            out.add(n.name())\n            todo += [m for m, _ in n.next_functions]\n    return sorted(out)", "comparez les objets"),
            ("def operations(y):\n    out, n = [], y.grad_fn\n    while n is not None:\n        out.append(n.name())\n        n = n.next_functions[0][0] if n.next_functions else None\n    return out", "votre liste contient"),
            ("def operations(y):\n    return [n[0].name() for n in y.grad_fn.next_functions]", "les opérations sont"),
            ("def operations(y):\n    out, todo, seen = [], [y.grad_fn], []\n    while todo:\n        n = todo.pop()\n        if n is None: continue\n        name = n.name()\n        if 'Accumulate' in name:\n            if name not in out: out.append(name)\n            continue\n        if n in seen: continue\n        seen.append(n)\n        out.append(name)\n        todo += [m for m, _ in n.next_functions]\n    return out", 'une AccumulateGrad par feuille'),
            ("def operations(y):\n    out, todo, seen = [], [y.grad_fn], []\n    while todo:\n        n = todo.pop()\n        if n is None: continue\n        if 'Accumulate' in n.name():\n            if n in seen: continue\n            seen.append(n)\n        out.append(n.name())\n        todo += [m for m, _ in n.next_functions]\n    return out", 'pour t'),
        ],
    },
    "ex-autograd-differences": {
        "right": [
            "def slope(f, x, h):\n    x = x.detach()\n    return ((f(x + h) - f(x - h)) / (2 * h)).item()\n\ndef error(f, x, h):\n    v = x.clone().requires_grad_()\n    g = torch.autograd.grad(f(v), v)[0]\n    return abs(slope(f, x, h) - g.item()) / abs(g.item())",
            "def slope(f, x, h):\n    return 0.5 / h * (f(x + h) - f(x - h))\n\ndef error(f, x, h):\n    g = torch.func.grad(f)(x)\n    return abs(slope(f, x, h) / g - 1)",
            'def slope(f, x, h):\n    x = x.clone()\n    x += h\n    up = f(x)\n    x -= 2 * h\n    return (up - f(x)) / (2 * h)\n\ndef error(f, x, h):\n    v = x.clone().requires_grad_(True)\n    g, = torch.autograd.grad(f(v), v)\n    return ((slope(f, x, h) - g) / g).abs().item()',
        ],
        "wrong": [
            ("def slope(f, x, h):\n    return (f(x + h) - f(x)) / h\n\ndef error(f, x, h):\n    return 0.0", "2h"),
            ("def slope(f, x, h):\n    return (f(x + h) - f(x - h)) / h\n\ndef error(f, x, h):\n    return 0.0", "2h"),
            ("def slope(f, x, h):\n    return (f(x + h) - f(x - h)) / (2 * h)\n\ndef error(f, x, h):\n    v = x.clone().requires_grad_()\n    f(v).backward()\n    return (slope(f, x, h) - v.grad).abs().item()", "1/27"),
            ("def slope(f, x, h):\n    return (f(x + h) - f(x - h)) / (2 * h)\n\ndef error(f, x, h):\n    v = x.clone().requires_grad_()\n    f(v).backward()\n    return ((slope(f, x, h) - v.grad) / v.grad).item()", "valeur absolue"),
            ("def slope(f, x, h):\n    with torch.no_grad():\n        return (f(x + h) - f(x - h)) / (2 * h)\n\ndef error(f, x, h):\n    x.requires_grad_()\n    f(x).backward()\n    return ((slope(f, x, h) - x.grad) / x.grad).abs().item()", "s'accumulent|positive|modifié x"),
            ("def slope(f, x, h):\n    x = x.double()\n    return (f(x + h) - f(x - h)) / (2 * h)\n\ndef error(f, x, h):\n    v = x.double().requires_grad_()\n    f(v).backward()\n    return ((slope(f, v.detach(), h) - v.grad) / v.grad).abs().item()", "type de x|modifié x|float32|s'accumulent"),
            ('def slope(f, x, h):\n    x += h\n    up = f(x)\n    x -= 2 * h\n    return (up - f(x)) / (2 * h)\n\ndef error(f, x, h):\n    v = x.clone().requires_grad_()\n    f(v).backward()\n    return ((slope(f, x, h) - v.grad) / v.grad).abs().item()', 'a modifié x'),
        ],
    },
    "ex-autograd-mini": {
        "right": [VALUE.replace("order, seen", "sorted_, seen").replace("order", "sorted_"), LOCAL],
        "wrong": [
            (VALUE.replace("self.grad += other.data * out.grad\n            other.grad += self.data * out.grad", "self.grad = other.data * out.grad\n            other.grad = self.data * out.grad"), "additionnées"),
            (VALUE.replace("for v in reversed(order):", "for v in order:"), "attendu"),
            (VALUE.replace("(1 - out.data ** 2) * out.grad", "(1 - out.data ** 2)"), "tanh|étages"),
            (VALUE.replace("n * self.data ** (n - 1)", "self.data ** (n - 1)"), r"\*\* 3"),
            (VALUE.replace("self.grad = 1.0\n", "pass\n"), "attendu"),
            (VALUE.replace("""        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for w in v._inputs:
                    visit(w)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            v._backward()
""", """        self.grad = 1.0
        todo = [self]
        while todo:
            v = todo.pop(0)
            v._backward()
            todo += [w for w in v._inputs if w not in todo]
"""), "losange|deux fois|étages|ordinaire"),
            (VALUE.replace("n * self.data ** (n - 1) * out.grad", "n * self.data ** (n - 1)"), 'fois out\\.grad'),
        ],
    },
}  # fmt: skip
