"""Notices: what people are told when something happens to them, in words that staff may change."""
