"""Operations on stores, vouchers, and redemptions: one verb each; they flush, the edge commits."""
