"""Payments that merchants take themselves (分账): who gets which part of them, until when, and what comes back before a refund."""
