/*
 * The warehouse of the demo: a shop's sales of one year.  The numbers come
 * from a seeded generator, so every run shows the same ones.
 */
SELECT setseed(0.42) \g /dev/null

CREATE TABLE product (
	product_id integer PRIMARY KEY,
	name varchar(40) NOT NULL,
	price numeric(10,2) NOT NULL
);

INSERT INTO product VALUES
	(1, 'Espresso machine', 389.00),
	(2, 'Hand grinder', 74.50),
	(3, 'Kettle, gooseneck', 59.90),
	(4, 'Filter papers, 100', 4.25),
	(5, 'Beans, Ethiopia 1 kg', 31.00),
	(6, 'Beans, Brazil 1 kg', 22.40),
	(7, 'Scale', 48.00),
	(8, 'Mug', 11.90);

CREATE TABLE sale (
	sale_id bigint PRIMARY KEY,
	sold_at timestamp NOT NULL,
	region varchar(20) NOT NULL,
	product_id integer NOT NULL REFERENCES product,
	quantity integer NOT NULL,
	amount numeric(12,2) NOT NULL,
	discount_code varchar(10)
);

INSERT INTO sale
SELECT n,
	date_trunc('second', timestamp '2025-01-01' + random() * interval '365 days'),
	(ARRAY['north', 'south', 'east', 'west'])[1 + floor(4 * sqrt(random()))],
	p.product_id, q.quantity, p.price * q.quantity,
	CASE WHEN random() < 0.1 THEN 'SPRING' END
FROM generate_series(1, 20000) AS n,
	LATERAL (SELECT 8 - floor(8 * random() * random())::integer + 0 * n
		AS product_id) AS pick,
	LATERAL (SELECT 1 + floor(3 * random())::integer + 0 * n AS quantity) AS q
	JOIN product p ON true
WHERE p.product_id = pick.product_id;

ANALYZE;
