"""Simulated devices that send realistic data, for demonstrations and a first look."""
