"""Tests of app.kernel.conversations."""
