# PyTorch as a peer: the same workloads and the same lines of JSON as child.ts, for any python3 that has torch.
#
# Usage: python3 pytorch.py ORDER, where ORDER is the JSON of child.ts's Order.

import itertools
import json
import math
import resource
import struct
import sys
import time

order = json.loads(sys.argv[1])
wanted, effort, slow = order["cells"], order["effort"], order["slow"]


def lcg(seed, count):
    state = seed * 2654435761 % 2**32
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        yield state >> 8


def uniform(seed, scale, count):
    return struct.pack(f"{count}f", *((2 * (u / 2**24) - 1) * scale for u in lcg(seed, count)))


if wanted == ["START"]:  # its numbers are there before the clock starts, and torch is not
    GLOROT = [(411, 784, 256), (412, 256, 128), (413, 128, 10)]
    start_data = [uniform(401, 1, 64 * 784), list(lcg(402, 64))]
    start_data += [uniform(s, math.sqrt(6 / (i + o)), i * o) for s, i, o in GLOROT]
    started = time.perf_counter()

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(order["options"]["threads"])


def U(seed, scale, *shape):
    # As uniform(), by powers of the generator's step over a whole tensor at once.
    count = math.prod(shape)
    factors, terms, factor, term = [1], [0], 1664525, 1013904223
    import numpy as np

    factors, terms = np.ones(1, np.uint64), np.zeros(1, np.uint64)
    mask = np.uint64(2**32 - 1)
    while len(factors) < count + 1:
        factors, terms = (
            np.concatenate([factors, factors * np.uint64(factor) & mask]),
            np.concatenate([terms, (terms * np.uint64(factor) + np.uint64(term)) & mask]),
        )
        factor, term = factor * factor % 2**32, (term * factor + term) % 2**32
    state = (factors[1 : count + 1] * np.uint64(seed * 2654435761 % 2**32) + terms[1 : count + 1]) & mask
    values = (2 * ((state >> np.uint64(8)).astype(np.float64) / 2**24) - 1) * scale
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def G(seed, fan_in, fan_out, *shape):
    return U(seed, math.sqrt(6 / (fan_in + fan_out)), *shape)


def Z(seed, count, below):
    return torch.tensor([u % below for u in lcg(seed, count)])


def dense(seed, inputs, outputs):
    return [G(seed, inputs, outputs, inputs, outputs), torch.zeros(outputs)]


def leaves(parameters):
    return [p.clone().requires_grad_() for p in parameters]


def check_of(results):
    flat = torch.cat([r.detach().reshape(-1).double() for r in results])
    return {"sum": flat.sum().item(), "abs": flat.abs().sum().item(), "last": flat[-1].item()}


def no_grad_call(fn):
    def run():
        with torch.no_grad():
            return fn()

    return run, lambda: check_of([run()])


def w1(n):
    a, b = U(101, 1, n, n), U(102, 1, n, n)
    return no_grad_call(lambda: a @ b)


def w2(op, size):
    shape = (max(4, size // 256), 256) if op == "softmax" else (size,)
    a, b = U(201, 3, *shape), U(202, 3, *shape)
    fn = {"add": lambda: a + b, "exp": a.exp, "tanh": a.tanh, "softmax": lambda: a.softmax(-1)}[op]
    return no_grad_call(fn)


def w3():
    start = torch.tensor(0.5, requires_grad=True)

    def both():
        x = start
        for _ in range(33):
            x = torch.sin(x * 1.01) + 0.1
        x = x * 1.01
        (gradient,) = torch.autograd.grad(x, start)
        return x.item(), gradient.item()

    return both, lambda: check_of([torch.tensor(both())])


def mlp(x, parameters, activation):
    w1, b1, w2, b2, w3, b3 = parameters
    return activation(activation(x @ w1 + b1) @ w2 + b2) @ w3 + b3


def data_w4():
    return U(401, 1, 64, 784), Z(402, 64, 10), dense(411, 784, 256) + dense(412, 256, 128) + dense(413, 128, 10)


def steps_by(optimizer, loss_of):
    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def w4():
    x, y, parameters = data_w4()
    p = leaves(parameters)
    return steps_by(torch.optim.Adam(p, lr=1e-3, eps=1e-8), lambda: F.cross_entropy(mlp(x, p, torch.relu), y))


def w4f():
    x, _, p = data_w4()
    return no_grad_call(lambda: mlp(x, p, torch.relu))


def w4t():
    x = U(451, 1, 32, 2)
    y = (x[:, 0] * x[:, 1]).reshape(32, 1)
    p = leaves(dense(461, 2, 16) + dense(462, 16, 16) + dense(463, 16, 1))
    return steps_by(torch.optim.SGD(p, lr=0.1), lambda: F.mse_loss(mlp(x, p, torch.tanh), y))


def w5():
    x = U(501, 1, 32, 28, 28, 1).permute(0, 3, 1, 2).contiguous()
    y = Z(502, 32, 10)

    def to_oihw(kernel):
        return kernel.permute(3, 2, 0, 1).contiguous()

    kernels = [to_oihw(G(511, 9, 144, 3, 3, 1, 16)), to_oihw(G(512, 144, 288, 3, 3, 16, 32))]
    p = leaves([kernels[0], torch.zeros(16), kernels[1], torch.zeros(32)] + dense(513, 1568, 10))

    def loss():
        k1, c1, k2, c2, w, b = p
        h = F.max_pool2d(F.relu(F.conv2d(x, k1, c1, padding=1)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, k2, c2, padding=1)), 2)
        return F.cross_entropy(h.permute(0, 2, 3, 1).reshape(32, 1568) @ w + b, y)

    return steps_by(torch.optim.SGD(p, lr=0.01, momentum=0.9), loss)


def w6():
    text = Z(601, 8 * 65, 65).reshape(8, 65)
    tokens, targets = text[:, :64], text[:, 1:].reshape(-1)

    def norm_parameters():
        return [torch.ones(128), torch.zeros(128)]

    def layer(s):
        attention = norm_parameters() + dense(s, 128, 384) + dense(s + 1, 128, 128)
        return attention + norm_parameters() + dense(s + 2, 128, 512) + dense(s + 3, 512, 128)

    embeddings = [U(610, 0.05, 65, 128), U(611, 0.05, 64, 128)]
    p = leaves(embeddings + layer(620) + layer(630) + norm_parameters() + [G(619, 128, 65, 128, 65)])
    mask = torch.full((64, 64), -1e9).triu(1)

    def norm(x, gamma, beta):
        return F.layer_norm(x, (128,), gamma, beta, 1e-5)

    def loss():
        h = p[0][tokens] + p[1]
        for at in (2, 14):
            g1, b1, wqkv, bqkv, wo, bo, g2, b2, wup, bup, wdn, bdn = p[at : at + 12]
            parts = (norm(h, g1, b1) @ wqkv + bqkv).chunk(3, -1)
            q, k, v = (x.reshape(8, 64, 4, 32).transpose(1, 2) for x in parts)
            scores = (q @ k.transpose(-1, -2)) / math.sqrt(32) + mask
            mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(8, 64, 128)
            h = h + mixed @ wo + bo
            h = h + F.gelu(norm(h, g2, b2) @ wup + bup, approximate="tanh") @ wdn + bdn
        logits = norm(h, p[-3], p[-2]) @ p[-1]
        return F.cross_entropy(logits.reshape(512, 65), targets)

    return steps_by(torch.optim.AdamW(p, lr=1e-3, eps=1e-8, weight_decay=0.01), loss)


def w7h():
    x, y, parameters = data_w4()
    p = leaves(parameters)
    along = [U(701 + i, 1, *t.shape) for i, t in enumerate(p)]

    def product():
        loss = F.cross_entropy(mlp(x, p, torch.relu), y)
        gradients = torch.autograd.grad(loss, p, create_graph=True)
        return torch.autograd.grad(gradients, p, grad_outputs=along)

    return product, lambda: check_of(product())


def w7j():
    x, w, b = U(721, 1, 64), G(722, 64, 64, 64, 64), U(723, 0.1, 64)

    def matrix():
        return torch.autograd.functional.jacobian(lambda x: torch.tanh(x @ w + b), x, vectorize=True)

    return matrix, lambda: check_of([matrix()])


TRAININGS = {"W4": w4, "W4T": w4t, "W5": w5, "W6": w6}
CALLS = {
    **{f"W1.{n}": (lambda n=n: w1(n)) for n in (64, 128, 256, 512, 1024)},
    **{
        f"W2.{op}@{size}": (lambda op=op, size=size: w2(op, size))
        for op in ("add", "exp", "tanh", "softmax")
        for size in (1000, 1000000)
    },
    "W3": w3,
    "W4F": w4f,
    "W7H": w7h,
    "W7J": w7j,
}


def say(**line):
    print(json.dumps(line), flush=True)


def goes_on(cell):
    # Leaves the machine to other processes, until this one is told whether it goes on.
    say(rests=cell)
    return sys.stdin.readline() == "go\n"


def call_for(run, seconds, seconds_of_call):
    batch = max(1, int(seconds / 20 / seconds_of_call))
    calls, begun = 0, time.perf_counter()
    while True:
        for _ in range(batch):
            run()
        calls += batch
        elapsed = time.perf_counter() - begun
        if elapsed >= seconds:
            return elapsed / calls, calls


def time_cells(cases):
    means = {}
    for cell, run in cases:
        means[cell], calls = call_for(run, effort["warmUp"], math.inf)
        if calls == 1 and means[cell] <= slow:
            run()
    for cell, _ in cases:
        if means[cell] > slow:
            say(cell=cell, rounds=[means[cell]])
    cases = [(cell, run) for cell, run in cases if means[cell] <= slow]
    rounds = {cell: [] for cell, _ in cases}
    for turn in itertools.count() if cases else ():
        cell, run = cases[(turn + turn // len(cases)) % len(cases)]
        if not goes_on(cell):
            break
        means[cell], _ = call_for(run, effort["round"], means[cell])
        rounds[cell].append(means[cell])
    for cell, _ in cases:
        say(cell=cell, rounds=rounds[cell])


def start():
    x = torch.frombuffer(bytearray(start_data[0]), dtype=torch.float32).reshape(64, 784)
    y = torch.tensor([u % 10 for u in start_data[1]])
    p = []
    for (_, inputs, outputs), values in zip(GLOROT, start_data[2:]):
        weights = torch.frombuffer(bytearray(values), dtype=torch.float32).reshape(inputs, outputs)
        p += [weights.requires_grad_(), torch.zeros(outputs, requires_grad=True)]
    loss = F.cross_entropy(mlp(x, p, torch.relu), y)
    gradients = torch.autograd.grad(loss, p)
    host = [g.numpy() for g in gradients]
    value = loss.item()
    seconds = time.perf_counter() - started
    say(cell="START", rounds=[seconds], check={"loss": value, "gradients": float(sum(abs(g).sum() for g in host))})


def blas():
    # Products of matrices are as fast as the BLAS that is loaded: Debian's reference one is many times slower than the others.
    try:
        with open("/proc/self/maps") as maps:
            loaded = maps.read().lower()
    except OSError:
        loaded = ""
    if "openblas" in loaded:
        return ", OpenBLAS"
    if "mkl" in loaded or "Math Kernel" in torch.__config__.show():
        return ", MKL"
    return ", reference BLAS" if "libblas" in loaded else ""


if wanted == ["START"]:
    start()
else:
    timed = []
    for cell in wanted:
        if cell in TRAININGS:
            step = TRAININGS[cell]()
            say(cell=cell, losses=[step() for _ in range(21)])
            timed.append((cell, step))
        else:
            run, check = CALLS[cell]()
            say(cell=cell, check=check())
            timed.append((cell, run))
    time_cells(timed)
say(end=True, rss=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, version=torch.__version__ + blas())
