"""Tests of app.kernel.help."""
