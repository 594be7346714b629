//! An OpenID Connect provider with TLS, and what a service in prod makes of it.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use template_tests::caddy::Caddy;
use template_tests::deployment::{Deployment, eventually, free_port};
use template_tests::rendered::SQLITE_DATABASE;
use template_tests::servers::variable;

use crate::util::{PERSONS, assert_problem, person};

const AUDIENCE: &str = "this-service";

/// A route for whoever has a token.
const GUARDED: &str = "/api/v1/tasks";

/// Files with TLS, signed by an authority that nobody else knows.
const CADDYFILE: &str = "{
    admin off
    auto_https disable_redirects
    skip_install_trust
}
{$URL} {
    tls internal
    root * site
    file_server
}
";

/// How many bytes an Ed25519 key has, which are the last ones of its DER form.
const KEY_BYTES: usize = 32;

/// A provider that tells who it is and which key it has, until this is dropped.
struct Issuer {
    caddy: Caddy,
    url: String,
}

impl Issuer {
    fn start() -> Self {
        let url = format!("https://localhost:{}", free_port());
        let caddy = Caddy::start(CADDYFILE, &[("URL", &url)]);
        let issuer = Self { caddy, url };
        issuer.openssl(&["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]);
        let public = issuer.openssl(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"]);
        let key = issuer.base64url(&public[public.len() - KEY_BYTES..]);
        let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig", "x": key});
        issuer.write("site/keys", json!({ "keys": [key] }).to_string().as_bytes());
        let discovery = json!({"issuer": issuer.url, "jwks_uri": format!("{}/keys", issuer.url)});
        let path = "site/.well-known/openid-configuration";
        issuer.write(path, discovery.to_string().as_bytes());
        issuer.wait_until_it_answers();
        issuer
    }

    fn wait_until_it_answers(&self) {
        let authority = self.authority();
        let url = format!("{}/keys", self.url);
        eventually("the provider answers", 20, || {
            let mut curl = Command::new("curl");
            curl.args(["--silent", "--fail", "--noproxy", "*", "--cacert"]);
            let answer = curl.args([&authority, &url]).output();
            answer
                .expect("curl is installed")
                .status
                .success()
                .then_some(())
        });
    }

    /// Who has signed its certificate.
    fn authority(&self) -> String {
        self.caddy.authority().display().to_string()
    }

    /// A service in prod that is to believe it.
    fn service(&self) -> Deployment {
        let mut service = Deployment::new(SQLITE_DATABASE);
        service.set("APP_ENV", "prod");
        service.set("OIDC_ISSUER_URL", &self.url);
        service.set("OIDC_AUDIENCE", AUDIENCE);
        service
    }

    /// A token that allows everything there.
    fn token(&self, audience: &str) -> String {
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": "one"});
        let claims = json!({
            "iss": self.url, "aud": audience, "sub": "ada", "scope": "read write", "exp": 4_000_000_000_u64,
        });
        let parts = [header, claims].map(|part: Value| self.base64url(part.to_string().as_bytes()));
        let signed = parts.join(".");
        self.write("signed", signed.as_bytes());
        let sign = [
            "pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "signed",
        ];
        let signature = self.openssl(&sign);
        format!("{signed}.{}", self.base64url(&signature))
    }

    /// Without padding (RFC 4648, section 5).
    fn base64url(&self, bytes: &[u8]) -> String {
        self.write("bytes", bytes);
        let text = self.openssl(&["base64", "-A", "-in", "bytes"]);
        let text = String::from_utf8(text).expect("it is text");
        text.trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.caddy.directory().join(name);
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("the folder is made");
        fs::write(path, bytes).expect("the file is written");
    }

    fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new("openssl");
        let command = command.args(arguments).current_dir(self.caddy.directory());
        let output = command.output().expect("openssl is installed");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output.stdout
    }
}

#[test]
fn prod_believes_a_provider_whose_certificate_it_trusts() {
    let issuer = Issuer::start();
    let mut service = issuer.service();
    service.set("SSL_CERT_FILE", &issuer.authority());
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let ada = api.client().with_token(&issuer.token(AUDIENCE));
    ada.post(PERSONS, Some(&person(0))).expect(201);
    ada.get(GUARDED).expect(200);
    let other = api.client().with_token(&issuer.token("another-service"));
    assert_problem(&other.get(GUARDED), 401);
    assert_problem(&api.client().get(GUARDED), 401);
    api.stop();
}

#[test]
fn a_provider_with_an_unknown_certificate_is_not_believed() {
    let issuer = Issuer::start();
    let mut service = issuer.service();
    // An authority that has signed for others.
    service.set("SSL_CERT_FILE", &variable("TEST_CA_FILE"));
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let ada = api.client().with_token(&issuer.token(AUDIENCE));
    let answer = ada.get(GUARDED);
    assert_problem(&answer, 503);
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    eventually("the log says why", 5, || {
        let log = api.log();
        let lines = log.lines().filter(|line| line.contains("OIDC_ISSUER_URL"));
        let mut lines = lines.map(str::to_lowercase);
        lines.any(|line| line.contains("certificate")).then_some(())
    });
    api.stop();
}

#[test]
fn prod_wants_a_provider_with_tls() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    service.set("APP_ENV", "prod");
    service.set("OIDC_ISSUER_URL", "http://localhost:9");
    service.set("OIDC_AUDIENCE", AUDIENCE);
    let output = service.run(&["api"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("OIDC_ISSUER_URL"), "{errors}");
    assert!(errors.contains("https://"), "{errors}");
}
