"""Tests of app.kernel.listings."""
