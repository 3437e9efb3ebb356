"""What parties buy of the platform itself: plans with entitlements, deposits, advertising; each charged once, earned day by day."""
