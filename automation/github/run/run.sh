#!/usr/bin/env bash
# The step of the action: secrets into files, the run, outputs, and the status as it was.
set -euo pipefail
umask 077
export PATH="$RUNNER_TEMP/certmark/bin:$PATH"
secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
keep() { # keep FILE VALUE VARIABLE: a secret becomes a file that a variable names
  if [ -n "$2" ]; then
    printf '%s\n' "$2" >"$secrets/$1"
    export "$3=$secrets/$1"
  fi
}
keep clouds.yaml "$CLOUDS_YAML" OS_CLIENT_CONFIG_FILE
keep accounts.yaml "$ACCOUNTS_YAML" CERTMARK_RUN_ACCOUNTS
keep token "$TOKEN" CERTMARK_RUN_TOKEN_FILE
unset CLOUDS_YAML ACCOUNTS_YAML TOKEN
results=$CERTMARK_RUN_RESULTS
export SERVER=$CERTMARK_RUN_SERVER PUBLISHER
for said in SERVER CA_FILE CLIENT_CERTIFICATE SERVER_TIMEOUT PRODUCT VERSION PUBLIC TAG; do
  name=CERTMARK_RUN_$said
  export "CERTMARK_SUBMIT_$said=${!name}"
done
# What a publisher is let in with holds a quarter of an hour, so it sends when the run has ended.
if [ -n "$PUBLISHER" ]; then unset CERTMARK_RUN_SUBMIT CERTMARK_RUN_LIVE; fi
status=0
certmark run --format github || status=$?
python3 - "$results" "$status" >>"$GITHUB_OUTPUT" <<'END'
import json, pathlib, sys
folder, status = sys.argv[1:]
try:
    judgement = json.loads((pathlib.Path(folder) / "report.json").read_bytes()).get("judgement", {})
except OSError:
    judgement = {}
totals = judgement.get("totals", {})
print(f"verdict={judgement.get('standing', '')}", f"status={status}", f"results={folder}", sep="\n")
print(f"passed={totals.get('passed', '')}", f"counted={totals.get('counted', '')}", sep="\n")
END
if [ -n "$PUBLISHER" ] && [ -f "$results/bundle.certmark.tar.gz" ]; then
  CERTMARK_TOKEN=$(python3 - <<'END'
import json, os, urllib.parse, urllib.request
server, request = os.environ["SERVER"], os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"]
who = {"Authorization": "bearer " + os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]}
address = f"{request}&audience={urllib.parse.quote(server, safe='')}"
with urllib.request.urlopen(urllib.request.Request(address, headers=who), timeout=60) as answer:
    token = json.load(answer)["value"]
asked = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "subject_token": token,
    "resource": os.environ["PUBLISHER"],
}
with urllib.request.urlopen(f"{server}/oauth/token", urllib.parse.urlencode(asked).encode(), timeout=60) as answer:
    print(json.load(answer)["access_token"])
END
  )
  export CERTMARK_TOKEN
  sent=0
  certmark submit "$results/bundle.certmark.tar.gz" || sent=$?
  case $sent in 0 | 1 | 4) ;; *) exit "$sent" ;; esac
fi
exit "$status"
