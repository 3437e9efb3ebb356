"""Tests of app.kernel.inbox."""
