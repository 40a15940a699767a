"""Gold sets, metrics, reports and benchmarks."""
