"""Training steps of our pre-training in PyTorch on the CPU: prints milliseconds a drawing, the median of some steps."""

import statistics
import time

import torch
from torch import nn
from torch.nn import functional

CHARACTERS, SCALE = 128, 24.0
WARM_UP, STEPS = 10, 30
CHANNELS = [1, 32, 32, 64, 64, 64, 64, 64, 128]
POOLED = [True, False, True, False, False, False, False, True]


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        shapes = list(zip(CHANNELS, CHANNELS[1:]))
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in shapes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) for _, out in shapes)

    def forward(self, x):
        last = len(POOLED) - 1
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            x = norm(convolution(x))
            x = functional.max_pool2d(x, 2) if POOLED[i] else x
            x = functional.relu(x) if i < last else x
        return functional.normalize(x.flatten(1))


encoder = Encoder().to(memory_format=torch.channels_last)
optimizer = torch.optim.AdamW(encoder.parameters(), lr=2e-3, weight_decay=1e-4, fused=True)
own = torch.arange(CHARACTERS)


def objective(drawings):
    first, second = encoder(drawings).chunk(2)
    similarity = SCALE * first @ second.T
    return (functional.cross_entropy(similarity, own) + functional.cross_entropy(similarity.T, own)) / 2


objective = torch.compile(objective)


def step():
    drawings = torch.rand(2 * CHARACTERS, 1, 32, 32).contiguous(memory_format=torch.channels_last)
    start = time.perf_counter()
    optimizer.zero_grad()
    objective(drawings).backward()
    optimizer.step()
    return time.perf_counter() - start


for _ in range(WARM_UP):
    step()
print(1000 * statistics.median(step() for _ in range(STEPS)) / (2 * CHARACTERS))
