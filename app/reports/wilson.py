"""Wilson's interval: what a share of a sample says about the share of everybody.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
the American Statistical Association 22 (1927), without continuity correction. Unlike the usual
approximation it stays within 0 and 1 and holds for small samples and shares near the ends.
"""

from math import sqrt

Z_95 = 1.959963984540054
"""Standard normal deviate of a two-sided 95 % interval."""


def wilson_interval(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """(low, high) as shares from 0 to 1 for `successes` of `n` answers.

    Nothing is known from no answers: (0, 1). Raises ValueError for counts that cannot be.
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} answers cannot be")
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    spread = z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # The ends are exact by the formula and only rounding would say otherwise.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high
