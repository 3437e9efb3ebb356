"""Tests of the trade vouchers."""
