"""What campaigns gave is within their budgets, and what merchants bore of it is in the ledger."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class CampaignsAreShared(SqlProof):
    """A campaign's `given` is what it took off orders that were not closed; what merchants have borne is what the ledger took from them for campaigns."""

    name = "marketing.campaigns"
    number = 11
    title = _l("联合活动：已优惠等于各单之和，商户分担的与账本一致")
    violations = """
        SELECT concat('campaign ', campaign.id) AS subject, COALESCE(sums.given, 0)::text AS expected, campaign.given::text AS found
        FROM marketing_campaign AS campaign LEFT JOIN (
            SELECT campaign_id, sum(amount) FILTER (WHERE closed_at IS NULL) AS given FROM marketing_campaign_share GROUP BY campaign_id
        ) AS sums ON sums.campaign_id = campaign.id
        WHERE campaign.given <> COALESCE(sums.given, 0)
        UNION ALL
        SELECT concat('merchant ', COALESCE(borne.merchant, booked.merchant)), COALESCE(borne.fen, 0)::text, COALESCE(booked.fen, 0)::text
        FROM (
            SELECT part.key::bigint AS merchant, sum(part.value::bigint) AS fen
            FROM marketing_campaign_share AS share CROSS JOIN LATERAL jsonb_each_text(share.settled) AS part GROUP BY 1
        ) AS borne
        FULL JOIN (
            SELECT account.owner_id AS merchant, -sum(entry.amount) AS fen
            FROM ledger_transaction AS fact JOIN ledger_entry AS entry ON entry.transaction_id = fact.id
            JOIN ledger_account AS account ON account.id = entry.account_id
            WHERE fact.kind IN ('campaign_shared', 'campaign_returned') AND account.owner_kind = 'merchant' GROUP BY 1
        ) AS booked ON booked.merchant = borne.merchant
        WHERE COALESCE(borne.fen, 0) <> COALESCE(booked.fen, 0)
    """
