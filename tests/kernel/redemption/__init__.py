"""Tests of vouchers and their redemption."""
