"""What ``make bench`` runs: ratios to compare, from one run on one machine."""
