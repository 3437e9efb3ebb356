"""Tests of the console framework, on a small sample application of their own."""
