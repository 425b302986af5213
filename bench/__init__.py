"""Benchmarks: one a module, each with NAME, DESCRIPTION and `run(options) -> Result`."""
