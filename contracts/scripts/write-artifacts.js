#!/usr/bin/env node
// Compiles src/ afresh with the settings of foundry.toml and writes artifacts/<Contract>.json: ABI, bytecode, compiler,
// settings, and the SHA-256 of every source that took part. The same sources give the same bytes.
"use strict";
const { execFileSync } = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const os = require("os");
const path = require("path");

const CONTRACTS = ["TrustRegistry", "AnchorRegistry", "StatusRegistry"];
const home = path.dirname(__dirname);
const libraries = "node_modules/";

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

// Own sources by their path in the repository, libraries by their path in npm.
function sourceName(file) {
  return file.startsWith(libraries) ? file.slice(libraries.length) : `contracts/${file}`;
}

function sha256(file) {
  return crypto.createHash("sha256").update(fs.readFileSync(path.join(home, file))).digest("hex");
}

function artifact(name, out) {
  const built = JSON.parse(fs.readFileSync(path.join(out, `${name}.sol`, `${name}.json`), "utf8"));
  const { compiler, settings, sources } = built.metadata;
  const version = require(path.join(home, "node_modules/@openzeppelin/contracts/package.json")).version;
  return sorted({
    contractName: name,
    compiler: { name: "solc", version: compiler.version, settings },
    abi: built.abi,
    bytecode: built.bytecode.object,
    deployedBytecode: built.deployedBytecode.object,
    immutables: Object.values(built.deployedBytecode.immutableReferences ?? {}).flat(),
    libraries: { "@openzeppelin/contracts": version },
    sources: Object.fromEntries(Object.keys(sources).map((file) => [sourceName(file), sha256(file)])),
  });
}

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "onceledger-contracts-"));
try {
  const out = path.join(scratch, "out");
  const forge = path.join(home, "bin/forge");
  const options = ["build", "--force", "--skip", "test", "--out", out, "--cache-path", path.join(scratch, "cache")];
  execFileSync(forge, options, { cwd: home, stdio: ["ignore", "inherit", "inherit"] });
  fs.mkdirSync(path.join(home, "artifacts"), { recursive: true });
  for (const name of CONTRACTS) {
    const text = JSON.stringify(artifact(name, out), null, 2) + "\n";
    fs.writeFileSync(path.join(home, "artifacts", `${name}.json`), text);
  }
} finally {
  fs.rmSync(scratch, { recursive: true });
}
