"""The outside world in miniature: a simulated WeChat Pay, WeChat login, and SMS provider (模拟 SANDBOX).

A process of its own with its own store, so that what the product learns about its money arrives by signed messages and
by nothing else. It imports nothing of the product. It moves no real money and listens on loopback only.
"""
