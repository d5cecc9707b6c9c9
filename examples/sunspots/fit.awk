# Least-squares fit of
#
#     y(t) = c + sum of a_k cos(2 pi k t / period) + b_k sin(2 pi k t / period), k = 1..harmonics
#
# with a free mean c. Over a grid of periods the explained share of the variance is the
# generalised Lomb-Scargle periodogram (one harmonic) and its multi-harmonic extension.
#
# Input: CSV with one header line and the columns year, value.
# Variables: period (years, above 2), harmonics (1 to 5).

BEGIN {
    FS = ","
    # Two samples per wave are the least that can tell its period.
    if (period !~ /^[0-9]+([.][0-9]*)?$/ || period + 0 <= 2)
        fail("the period must be a number of years above 2, not '" period "'")
    if (harmonics !~ /^[1-5]$/)
        fail("the number of harmonics must be 1 to 5, not '" harmonics "'")
    unknowns = 2 * harmonics + 1
    count = 0    # an unset variable would make the first index "" and not 0
    omega = 2 * atan2(0, -1) / period
}

NR == 1 { next }

NF < 2 || $1 !~ /^[0-9]+$/ { fail("line " NR " of the data is not 'year,value'") }

{
    # Years are counted from the first one, which keeps the arguments of cos and sin small.
    if (count == 0) first = $1
    phase = omega * ($1 - first)
    row[1] = 1
    for (k = 1; k <= harmonics; k++) {
        row[2 * k] = cos(k * phase)
        row[2 * k + 1] = sin(k * phase)
    }
    # The normal equations, with the right-hand side as one more column.
    for (i = 1; i <= unknowns; i++) {
        for (j = 1; j <= unknowns; j++) matrix[i, j] += row[i] * row[j]
        matrix[i, unknowns + 1] += row[i] * $2
        design[count, i] = row[i]
    }
    value[count] = $2
    count++
    sum += $2
}

END {
    if (failed) exit 1
    if (count <= unknowns) fail("there are too few years to fit " unknowns " coefficients")
    solve()

    mean = sum / count
    for (n = 0; n < count; n++) {
        fitted = 0
        for (i = 1; i <= unknowns; i++) fitted += coefficient[i] * design[n, i]
        residual += (value[n] - fitted) ^ 2
        total += (value[n] - mean) ^ 2
    }
    amplitude = sqrt(coefficient[2] ^ 2 + coefficient[3] ^ 2)
    printf "%s,%s,%.4f,%.6f\n", period, harmonics, amplitude, 1 - residual / total
}

# Gaussian elimination with partial pivoting of `matrix` into `coefficient`.
function solve(    i, j, k, pivot, factor, swap) {
    for (k = 1; k <= unknowns; k++) {
        pivot = k
        for (i = k + 1; i <= unknowns; i++)
            if (magnitude(matrix[i, k]) > magnitude(matrix[pivot, k])) pivot = i
        if (magnitude(matrix[pivot, k]) < 1e-9)
            fail("the data do not determine " harmonics " harmonics of " period " years")
        for (j = k; j <= unknowns + 1; j++) {
            swap = matrix[k, j]; matrix[k, j] = matrix[pivot, j]; matrix[pivot, j] = swap
        }
        for (i = k + 1; i <= unknowns; i++) {
            factor = matrix[i, k] / matrix[k, k]
            for (j = k; j <= unknowns + 1; j++) matrix[i, j] -= factor * matrix[k, j]
        }
    }
    for (i = unknowns; i >= 1; i--) {
        coefficient[i] = matrix[i, unknowns + 1]
        for (j = i + 1; j <= unknowns; j++) coefficient[i] -= matrix[i, j] * coefficient[j]
        coefficient[i] /= matrix[i, i]
    }
}

function magnitude(x) { return x < 0 ? -x : x }

# awk runs END after `exit` too; the flag keeps it from printing a result.
function fail(message) {
    print "fit: " message > "/dev/stderr"
    failed = 1
    exit 1
}
