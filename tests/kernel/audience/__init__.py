"""Tests of app.kernel.audience."""
