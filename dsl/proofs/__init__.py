"""Proofs about scenarios from their text alone: what can never hold, and how many messages there can be."""
