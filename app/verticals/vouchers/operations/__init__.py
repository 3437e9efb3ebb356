"""Operations of vouchers: one verb each; they flush, the edge commits."""
