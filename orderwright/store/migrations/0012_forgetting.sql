-- What finds old movements and ended holds, for whoever forgets them (docs/why/forgetting.md).

-- Movements come in the order of their time, thousands with the same: the index grows at its end and stays small. Sums
-- that old movements were folded into are not looked for by their age.
CREATE INDEX ON inventory.ledger (at) WHERE kind <> 'CarriedForward';
CREATE INDEX ON capacity.hold (ended_at) WHERE ended_at IS NOT NULL;
