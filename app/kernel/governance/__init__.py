"""Proposals that count only after a second person approves them: what prices, settlement rules, and settings have in common."""
