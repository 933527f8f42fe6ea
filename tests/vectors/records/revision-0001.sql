BEGIN TRANSACTION;
CREATE TABLE agencies (
	agency_id BIGINT NOT NULL, 
	did VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	name_zh VARCHAR NOT NULL, 
	name_en VARCHAR NOT NULL, 
	admin VARCHAR NOT NULL, 
	sender VARCHAR NOT NULL, 
	wrapping_key VARCHAR NOT NULL, 
	PRIMARY KEY (agency_id)
);
INSERT INTO "agencies" VALUES(7,'did:web:a.example','a.example','局','Office','admin','sender','wrapping');
CREATE TABLE batches (
	batch_id INTEGER NOT NULL, 
	agency_id BIGINT NOT NULL, 
	type_id BIGINT NOT NULL, 
	key_id BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	root BLOB NOT NULL, 
	size BIGINT NOT NULL, 
	credentials BIGINT NOT NULL, 
	padding_seed BLOB NOT NULL, 
	tree BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	tx_hash BLOB, 
	block_number BIGINT, 
	block_time BIGINT, 
	log_position BIGINT, 
	gas_used BIGINT, 
	evidence BLOB, 
	refusal VARCHAR, 
	PRIMARY KEY (batch_id)
);
CREATE TABLE credentials (
	pk INTEGER NOT NULL, 
	agency_id BIGINT NOT NULL, 
	type_id BIGINT NOT NULL, 
	business_number VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	state INTEGER NOT NULL, 
	valid_from VARCHAR NOT NULL, 
	valid_until VARCHAR, 
	import_id BIGINT NOT NULL, 
	source_row BIGINT NOT NULL, 
	supersedes BIGINT, 
	superseded_by BIGINT, 
	correction_open INTEGER, 
	key_id BIGINT, 
	issued_at BIGINT, 
	batch_id BIGINT, 
	leaf_index BIGINT, 
	PRIMARY KEY (pk), 
	FOREIGN KEY(import_id) REFERENCES imports (import_id), 
	FOREIGN KEY(supersedes) REFERENCES credentials (pk), 
	FOREIGN KEY(superseded_by) REFERENCES credentials (pk)
);
INSERT INTO "credentials" VALUES(1,7,1,'number-1',1,4,'2026-01-01T00:00:00Z',NULL,1,1,NULL,NULL,NULL,5,1790000000,NULL,NULL);
INSERT INTO "credentials" VALUES(2,7,1,'number-2',1,4,'2026-01-01T00:00:00Z',NULL,1,2,NULL,NULL,NULL,5,1790000000,NULL,NULL);
CREATE TABLE drafts (
	credential_pk INTEGER NOT NULL, 
	agency_id BIGINT NOT NULL, 
	claims BLOB NOT NULL, 
	PRIMARY KEY (credential_pk), 
	FOREIGN KEY(credential_pk) REFERENCES credentials (pk)
);
CREATE TABLE imports (
	import_id INTEGER NOT NULL, 
	agency_id BIGINT NOT NULL, 
	type_id BIGINT NOT NULL, 
	source VARCHAR NOT NULL, 
	file_digest BLOB NOT NULL, 
	clerk VARCHAR NOT NULL, 
	reviewer VARCHAR, 
	created_at BIGINT NOT NULL, 
	accepted BIGINT NOT NULL, 
	refused BIGINT NOT NULL, 
	first_pk BIGINT NOT NULL, 
	last_pk BIGINT NOT NULL, 
	report BLOB NOT NULL, 
	PRIMARY KEY (import_id)
);
INSERT INTO "imports" VALUES(1,7,1,'register.tsv',X'6464646464646464646464646464646464646464646464646464646464646464','clerk','reviewer',1790000000,2,0,1,2,X'7B7D');
CREATE TABLE issued (
	credential_pk INTEGER NOT NULL, 
	agency_id BIGINT NOT NULL, 
	list_id BIGINT NOT NULL, 
	status_index BIGINT NOT NULL, 
	uuid BLOB NOT NULL, 
	leaf BLOB NOT NULL, 
	cid BLOB NOT NULL, 
	wrapped_key BLOB NOT NULL, 
	subject_commitment BLOB NOT NULL, 
	PRIMARY KEY (credential_pk), 
	FOREIGN KEY(credential_pk) REFERENCES credentials (pk)
);
INSERT INTO "issued" VALUES(1,7,30064771073,90,X'00000000000000000000000000000001',X'6C65616600000000000000000000000000000001000000000000000000000000',X'63696400000000000000000000000000000001',X'6B657900000000000000000000000000000001',X'7300000000000000000000000000000001000000000000000000000000000000');
INSERT INTO "issued" VALUES(2,7,30064771073,41,X'00000000000000000000000000000002',X'6C65616600000000000000000000000000000002000000000000000000000000',X'63696400000000000000000000000000000002',X'6B657900000000000000000000000000000002',X'7300000000000000000000000000000002000000000000000000000000000000');
CREATE TABLE keys (
	key_id BIGINT NOT NULL, 
	agency_id BIGINT NOT NULL, 
	key_name VARCHAR NOT NULL, 
	multikey VARCHAR NOT NULL, 
	valid_until BIGINT NOT NULL, 
	PRIMARY KEY (key_id)
);
CREATE TABLE notes (
	name VARCHAR NOT NULL, 
	agency_id BIGINT NOT NULL, 
	value BLOB NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE onceledger_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT onceledger_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "onceledger_version" VALUES('0001');
CREATE TABLE outgoing (
	purpose VARCHAR NOT NULL, 
	agency_id BIGINT NOT NULL, 
	sender BLOB NOT NULL, 
	nonce BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	tx_hash BLOB NOT NULL, 
	raw BLOB NOT NULL, 
	PRIMARY KEY (purpose)
);
CREATE TABLE publications (
	list_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	agency_id BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	revision BIGINT NOT NULL, 
	chunks BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	tx_hash BLOB, 
	block_time BIGINT, 
	root BLOB NOT NULL, 
	bits BLOB NOT NULL, 
	reasons BLOB NOT NULL, 
	evidence BLOB, 
	PRIMARY KEY (list_id, version)
);
CREATE TABLE state_counts (
	agency_id BIGINT NOT NULL, 
	type_id BIGINT NOT NULL, 
	state INTEGER NOT NULL, 
	credentials BIGINT NOT NULL, 
	PRIMARY KEY (agency_id, type_id, state)
);
INSERT INTO "state_counts" VALUES(7,1,1,0);
INSERT INTO "state_counts" VALUES(7,1,3,0);
INSERT INTO "state_counts" VALUES(7,1,4,2);
CREATE TABLE status_changes (
	change_id INTEGER NOT NULL, 
	agency_id BIGINT NOT NULL, 
	list_id BIGINT NOT NULL, 
	list_index BIGINT NOT NULL, 
	reason VARCHAR NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT, 
	successor BLOB, 
	credential_pk BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	PRIMARY KEY (change_id), 
	FOREIGN KEY(credential_pk) REFERENCES credentials (pk)
);
CREATE TABLE status_lists (
	list_id BIGINT NOT NULL, 
	agency_id BIGINT NOT NULL, 
	type_id BIGINT NOT NULL, 
	size BIGINT NOT NULL, 
	seed BLOB NOT NULL, 
	used BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	suspension_revision BIGINT NOT NULL, 
	PRIMARY KEY (list_id)
);
INSERT INTO "status_lists" VALUES(30064771073,7,1,131072,X'7373737373737373737373737373737373737373737373737373737373737373',2,0,0);
CREATE TABLE types (
	type_id BIGINT NOT NULL, 
	agency_id BIGINT NOT NULL, 
	name VARCHAR NOT NULL, 
	type_version VARCHAR NOT NULL, 
	context_url VARCHAR NOT NULL, 
	definition BLOB NOT NULL, 
	PRIMARY KEY (type_id)
);
INSERT INTO "types" VALUES(1,0,'A','1','https://a/',X'61');
CREATE INDEX ix_keys_agency_id ON keys (agency_id);
CREATE UNIQUE INDEX batches_root ON batches (agency_id, root);
CREATE INDEX batches_state ON batches (state, agency_id);
CREATE INDEX credentials_approved ON credentials (agency_id, type_id, pk) WHERE state = 3;
CREATE INDEX credentials_corrections ON credentials (agency_id, supersedes) WHERE correction_open = 1;
CREATE UNIQUE INDEX credentials_in_batch ON credentials (batch_id, leaf_index) WHERE batch_id IS NOT NULL;
CREATE UNIQUE INDEX credentials_number ON credentials (agency_id, type_id, business_number, version);
CREATE INDEX credentials_pending ON credentials (agency_id, type_id, key_id, pk) WHERE state = 4 AND batch_id IS NULL;
CREATE INDEX credentials_refused ON credentials (agency_id, type_id, pk) WHERE state = 5;
CREATE INDEX status_lists_of_type ON status_lists (agency_id, type_id);
CREATE INDEX status_changes_of_list ON status_changes (list_id, list_index, since, change_id);
CREATE INDEX outgoing_unsettled ON outgoing (sender, nonce) WHERE state = 'signed';
COMMIT;
