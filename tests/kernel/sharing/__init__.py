"""Tests of app.kernel.sharing."""
