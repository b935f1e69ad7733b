"""The benchmarks: figures measured with the machine, n and the spread beside them."""
