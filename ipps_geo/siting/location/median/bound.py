"""Lower bounds for the p-median by Lagrangian relaxation of "every demand row is served".

With multipliers lambda,

    L(lambda) = sum w lambda - (sum of the p largest rho_j),    rho_j = sum over rows of w (lambda - d_j)+

is a bound for every lambda (Cornuejols, Fisher and Nemhauser 1977), and its maximum is the bound of the linear
program. A deflected subgradient climbs it in float32; every value that a proof rests on is evaluated again in float64,
less the largest rounding error that the sums can have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel
from ipps_geo.siting.location.median.blocks import CostBlocks, block_maxima

__all__ = ["FREE", "OPEN", "SHUT", "Ascent", "climb", "evaluate", "fix_sites"]

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Bytes = NDArray[np.int8]
Flags = NDArray[np.bool_]

FREE, OPEN, SHUT = np.int8(0), np.int8(1), np.int8(2)


@kernel(fastmath=True)
def _site_values(
    costs: Floats32,
    minima: Floats32,
    weights: Floats32,
    multipliers: Floats32,
    reach: Floats32,
    state: Bytes,
    rho: Floats,
) -> None:
    """Values rho_j of every site that is not shut, float32 inside a block and float64 across blocks.

    The saving of greedy (``swap_kernels``) at multipliers in the place of costs, but free to add up a block in any
    order: a value that is a little off only costs a step, while equal savings have to be equal on every machine.
    """
    for j in range(len(rho)):
        total = 0.0
        if state[j] != 2:
            for b in range(len(reach)):
                if minima[j, b] < reach[b]:
                    part = np.float32(0)
                    for u in range(b * 32, b * 32 + 32):
                        part += weights[u] * max(multipliers[u] - costs[j, u], np.float32(0))
                    total += np.float64(part)
        rho[j] = total


@kernel(fastmath=True)
def _proof_values(
    costs: NDArray[np.floating],
    minima: Floats32,
    exact_weights: Floats,
    multipliers: Floats32,
    reach: Floats32,
    state: Bytes,
    rho: Floats,
) -> float:
    """Values rho_j in float64; returns sum w lambda."""
    for j in range(len(rho)):
        total = 0.0
        if state[j] != 2:
            for b in range(len(reach)):
                if minima[j, b] < reach[b]:
                    for u in range(b * 32, b * 32 + 32):
                        total += exact_weights[u] * max(np.float64(multipliers[u]) - np.float64(costs[j, u]), 0.0)
        rho[j] = total
    served = 0.0
    for u in range(len(multipliers)):
        served += exact_weights[u] * np.float64(multipliers[u])
    return served


@kernel()
def _kth_largest(values: Floats, count: int, k: int) -> float:
    """The k-th largest (k from 1) of the first ``count`` values, which are reordered (Hoare's selection).

    By hand, because ``np.partition`` takes seven seconds to compile in a kernel and twice the time to run.
    """
    place = k - 1
    low = 0
    high = count - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i = low
        j = high
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                kept = values[i]
                values[i] = values[j]
                values[j] = kept
                i += 1
                j -= 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            break
    return values[place]


@kernel()
def _choose(rho: Floats, state: Bytes, p: int, chosen: Flags) -> float:
    """Mark the open sites and the best free ones, p in all; returns the sum of their rho.

    Fewer than p sites left means that no plan exists here: the sum is then minus infinity.
    """
    m = len(rho)
    n_open = 0
    n_free = 0
    total = 0.0
    values = np.empty(m)
    for j in range(m):
        chosen[j] = state[j] == 1
        if state[j] == 1:
            n_open += 1
            total += rho[j]
        elif state[j] == 0:
            values[n_free] = rho[j]
            n_free += 1
    need = p - n_open
    if need < 0 or need > n_free:
        return -np.inf
    if need == 0:
        return total
    threshold = _kth_largest(values, n_free, need)
    taken = 0
    for j in range(m):
        if state[j] == 0 and rho[j] > threshold:
            chosen[j] = True
            total += rho[j]
            taken += 1
    for j in range(m):
        if taken == need:
            break
        if state[j] == 0 and rho[j] == threshold:
            chosen[j] = True
            total += rho[j]
            taken += 1
    return total


@kernel(fastmath=True)
def _times_served(
    costs: Floats32, minima: Floats32, multipliers: Floats32, reach: Floats32, chosen: Flags, count: Floats32
) -> None:
    """How many chosen sites lie below each row's multiplier."""
    count[:] = 0
    for j in range(len(chosen)):
        if chosen[j]:
            for b in range(len(reach)):
                if minima[j, b] < reach[b]:
                    for u in range(b * 32, b * 32 + 32):
                        count[u] += np.float32(1) if costs[j, u] < multipliers[u] else np.float32(0)


@kernel()
def _copy(source: Floats32, target: Floats32) -> None:
    """A loop, because an assignment of whole arrays compiles the words of its error as well: two seconds."""
    for u in range(len(target)):
        target[u] = source[u]


@kernel()
def _climb(
    costs: Floats32,
    minima: Floats32,
    weights: Floats32,
    multipliers: Floats32,
    direction: Floats32,
    least: Floats32,
    most: Floats32,
    state: Bytes,
    p: int,
    upper: float,
    target: float,
    steps: int,
    alpha: float,
    patience: int,
    shrink: float,
    alpha_min: float,
    best_multipliers: Floats32,
    open_share: Floats,
    recent: Flags,
) -> tuple[float, int, float, bool]:
    """Deflected subgradient steps; returns best bound (float32 accuracy), steps made, alpha, and whether it is done."""
    width = len(multipliers)
    m = costs.shape[0]
    reach = np.zeros(width // 32, np.float32)
    rho = np.zeros(m)
    chosen = np.zeros(m, np.bool_)
    count = np.zeros(width, np.float32)
    best = -np.inf
    stalled = 0
    done = False
    made = 0
    _copy(multipliers, best_multipliers)
    for step in range(steps):
        made += 1
        block_maxima(multipliers, reach)
        _site_values(costs, minima, weights, multipliers, reach, state, rho)
        served = 0.0
        for u in range(width):
            served += weights[u] * np.float64(multipliers[u])
        value = served - _choose(rho, state, p, chosen)
        for j in range(m):
            open_share[j] *= 0.95
            if chosen[j]:
                open_share[j] += 0.05
        recent[step % recent.shape[0]] = chosen
        if value > best:
            stalled = 0 if value > best + 3e-6 * abs(best) else stalled + 1
            best = value
            _copy(multipliers, best_multipliers)
        else:
            stalled += 1
        if best >= target:
            done = True
            break
        if stalled >= patience:
            alpha *= shrink
            stalled = 0
            _copy(best_multipliers, multipliers)
            if alpha < alpha_min:
                done = True
                break
        _times_served(costs, minima, multipliers, reach, chosen, count)
        norm = 0.0
        for u in range(width):
            push = np.float32(1) - count[u]
            if push > 0 and multipliers[u] >= most[u]:
                direction[u] = np.float32(0)  # at its ceiling: this row cannot be pushed further
            else:
                direction[u] = np.float32(0.6) * push + np.float32(0.4) * direction[u]
            norm += weights[u] * direction[u] * direction[u]
        if norm < 1e-12:
            done = True
            break
        length = np.float32(alpha * (upper - value) / norm)
        for u in range(width):
            multipliers[u] = min(max(multipliers[u] + length * direction[u], least[u]), most[u])
    return best, made, alpha, done


@dataclass(eq=False)
class Ascent:
    """Where a climb stands: multipliers, direction, step factor, and what it saw on the way."""

    multipliers: NDArray[np.float32]
    direction: NDArray[np.float32]
    alpha: float
    open_share: NDArray[np.float64]
    recent: NDArray[np.bool_]
    done: bool = False
    steps: int = 0

    @classmethod
    def start(cls, blocks: CostBlocks, multipliers: NDArray[np.float32], alpha: float) -> Ascent:
        """A climb that starts from ``multipliers``."""
        m = len(blocks.sites)
        return cls(
            multipliers.copy(),
            np.zeros_like(multipliers),
            alpha,
            open_share=np.zeros(m),
            recent=np.zeros((3, m), np.bool_),
        )


def climb(
    blocks: CostBlocks,
    ascent: Ascent,
    state: NDArray[np.int8],
    p: int,
    upper: float,
    target: float,
    steps: int,
    *,
    most: NDArray[np.float32] | None = None,
    patience: int = 18,
    shrink: float = 0.7,
    alpha_min: float = 5e-4,
) -> float:
    """Make steps; ``ascent.multipliers`` ends at the best found, whose value (float32 accuracy) is returned."""
    best_multipliers = np.empty_like(ascent.multipliers)
    best, made, alpha, done = _climb(
        blocks.costs, blocks.minima, blocks.weights, ascent.multipliers, ascent.direction, blocks.row_least,
        blocks.row_most if most is None else most, state, p, upper, target, steps, ascent.alpha, patience, shrink,
        alpha_min, best_multipliers, ascent.open_share, ascent.recent,
    )  # fmt: skip
    ascent.multipliers[:] = best_multipliers
    ascent.alpha = alpha
    ascent.done = bool(done)
    ascent.steps = int(made)
    return float(best)


def evaluate(
    blocks: CostBlocks, multipliers: NDArray[np.float32], state: NDArray[np.int8], p: int
) -> tuple[float, NDArray[np.float64], NDArray[np.bool_]]:
    """Bound proven in float64 (the constant of the blocks left out), rho, and the chosen sites.

    Infinite when fewer than p sites are left.
    """
    m = len(blocks.sites)
    reach = np.zeros(len(multipliers) // 32, np.float32)
    block_maxima(multipliers, reach)
    rho = np.zeros(m)
    chosen = np.zeros(m, np.bool_)
    served = _proof_values(blocks.proof_costs, blocks.minima, blocks.exact_weights, multipliers, reach, state, rho)
    total = _choose(rho, state, p, chosen)
    if not np.isfinite(total):
        return np.inf, rho, chosen
    # A sum of k non-negative terms has a relative error below k machine epsilons, whatever the order of summation.
    error = (blocks.n_rows + m + 4) * np.finfo(np.float64).eps * (served + abs(total))
    return float(served - total - error), rho, chosen


def fix_sites(
    bound: float, rho: NDArray[np.float64], chosen: NDArray[np.bool_], state: NDArray[np.int8], cutoff: float
) -> int:
    """Open or shut, in place, the free sites whose other state would lift the bound to the cutoff; returns how many."""
    free = state == FREE
    inside, outside = free & chosen, free & ~chosen
    worst_in = rho[inside].min(initial=np.inf)
    best_out = rho[outside].max(initial=-np.inf)
    slack = 1e-12 * abs(cutoff)
    shut = outside & (bound + (worst_in - rho) - slack >= cutoff)
    opened = inside & (bound + (rho - best_out) - slack >= cutoff)
    state[shut] = SHUT
    state[opened] = OPEN
    return int(shut.sum() + opened.sum())
