"""Tests of app.kernel.reviews."""
