"""Tests in headless Chromium: what only a browser can show."""
