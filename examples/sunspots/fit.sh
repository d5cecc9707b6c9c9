#!/bin/sh
# Fits a wave of one trial period to the yearly sunspot numbers and prints one line:
#
#     period,harmonics,amplitude,explained
#
# period     the trial period in years, as given
# harmonics  how many multiples of the base frequency the wave has, as given (default 1)
# amplitude  of the base frequency, in sunspot numbers
# explained  the share of the variance that the fit explains, from 0 to 1
#
# Usage: fit.sh PERIOD [HARMONICS]
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: fit.sh PERIOD [HARMONICS]" >&2
    exit 2
fi

# The data lie beside this script, wherever it is called from.
directory=$(dirname -- "$0")

# With a decimal comma in the user's locale some awks would read 11.05 as 11.
LC_ALL=C exec awk -f "$directory/fit.awk" -v period="$1" -v harmonics="${2:-1}" \
    <"$directory/sunspots.csv"
