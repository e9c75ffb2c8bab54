"""Decides."""
