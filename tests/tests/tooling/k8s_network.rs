//! The kit `k8s`: who reaches whom, what is there how often, and what comes first.

use std::collections::BTreeSet;

use serde_json::Value;

use super::NAME;
use super::k8s::{Stage, chooses, containers, list, text, words};

/// The deployments that a selector chooses the pods of.
fn chosen<'a>(stage: &'a Stage, selector: &'a Value) -> Vec<&'a Value> {
    let all = stage.of("Deployment");
    all.filter(|it| chooses(selector, &it["spec"]["template"]["metadata"]["labels"]))
        .collect()
}

/// Whether one of the containers has a port of this name.
fn has_port(deployment: &Value, name: &Value) -> bool {
    let mut ports = containers(&deployment["spec"]["template"]).flat_map(|it| list(&it["ports"]));
    ports.any(|port| port["name"] == *name)
}

/// The ports of all rules of a policy.
fn allowed(rules: &Value) -> BTreeSet<u64> {
    let ports = list(rules).iter().flat_map(|rule| list(&rule["ports"]));
    ports.filter_map(|port| port["port"].as_u64()).collect()
}

/// The port of a URL, if it has one.
fn port(url: &str) -> Option<u64> {
    let (_, rest) = url.split_once("://")?;
    let (_, port) = rest.split('/').next()?.rsplit_once(':')?;
    port.parse().ok()
}

#[test]
fn selectors_choose_what_is_there() {
    for stage in Stage::all() {
        let name = stage.name();
        for deployment in stage.of("Deployment") {
            let selector = &deployment["spec"]["selector"]["matchLabels"];
            assert_eq!(chosen(stage, selector), [deployment], "{name}");
            let pod = &deployment["spec"]["template"];
            for spread in list(&pod["spec"]["topologySpreadConstraints"]) {
                assert_eq!(spread["labelSelector"]["matchLabels"], *selector);
            }
        }
        for service in stage.of("Service") {
            let chosen = chosen(stage, &service["spec"]["selector"]);
            let [deployment] = chosen[..] else {
                panic!("{name}: {chosen:?}")
            };
            for port in list(&service["spec"]["ports"]) {
                assert!(has_port(deployment, &port["targetPort"]), "{name}: {port}");
            }
        }
        for budget in stage.of("PodDisruptionBudget") {
            let selector = &budget["spec"]["selector"]["matchLabels"];
            assert_eq!(chosen(stage, selector).len(), 1, "{name}");
        }
    }
}

#[test]
fn policies_let_through_what_the_service_needs() {
    for stage in Stage::all() {
        let policies: Vec<&Value> = stage.of("NetworkPolicy").collect();
        let [policy] = policies[..] else {
            panic!("{}: one policy", stage.name())
        };
        let spec = &policy["spec"];
        assert_eq!(words(&spec["policyTypes"]), ["Ingress", "Egress"]);
        let mut listening = BTreeSet::new();
        for pod in stage.pods() {
            assert!(chooses(
                &spec["podSelector"]["matchLabels"],
                &pod["metadata"]["labels"]
            ));
            let ports = containers(pod).flat_map(|it| list(&it["ports"]));
            listening.extend(ports.filter_map(|port| port["containerPort"].as_u64()));
        }
        assert_eq!(allowed(&spec["ingress"]), listening, "{}", stage.name());

        let known = stage.project.settings();
        let urls = ["DATABASE_URL", "BROKER_URL"];
        let urls = urls.iter().filter_map(|name| known.get(name));
        let mut needed: BTreeSet<u64> = urls.filter_map(|url| port(url)).collect();
        needed.extend([53, 443]);
        let mut allowed = allowed(&spec["egress"]);
        // RabbitMQ with TLS.
        allowed.remove(&5671);
        assert_eq!(allowed, needed, "{}", stage.name());
    }
}

/// Metrics, health and the dashboard are for operators.
#[test]
fn the_world_reaches_the_api_and_nothing_else() {
    for stage in Stage::all() {
        let paths = stage
            .of("Ingress")
            .flat_map(|it| list(&it["spec"]["rules"]));
        let paths: Vec<&Value> = paths.flat_map(|it| list(&it["http"]["paths"])).collect();
        assert_eq!(paths.is_empty(), !stage.directory.contains("prod"));
        if paths.is_empty() {
            continue;
        }
        for path in &paths {
            let backend = &path["backend"]["service"];
            let service = stage.find("Service", &backend["name"]);
            let ports = list(&service["spec"]["ports"]);
            assert!(ports.iter().any(|it| it["name"] == backend["port"]["name"]));
        }
        let paths: BTreeSet<&str> = paths.iter().map(|it| text(&it["path"])).collect();
        let prefix = stage.project.settings()["API_PREFIX"];
        let wanted = ["/docs", "/openapi.json", "/webhooks", prefix];
        assert_eq!(paths, BTreeSet::from(wanted));
    }
}

/// Each `kubectl apply` would undo what an autoscaler has done.
#[test]
fn what_is_scaled_has_no_number_of_its_own() {
    for stage in Stage::all() {
        let scalers = stage.of("HorizontalPodAutoscaler");
        let scaled = scalers.chain(stage.of("ScaledObject"));
        let scaled: BTreeSet<&str> = scaled
            .map(|it| text(&it["spec"]["scaleTargetRef"]["name"]))
            .collect();
        let wanted: &[&str] = match (stage.is_sqlite(), stage.directory) {
            (false, "k8s/overlays/prod") => &["api"],
            (false, "k8s/overlays/prod-keda") => &["api", "worker"],
            _ => &[],
        };
        assert!(scaled.iter().eq(wanted), "{}: {scaled:?}", stage.name());
        for name in scaled {
            let deployment = stage.find("Deployment", &Value::from(name));
            assert!(deployment["spec"].get("replicas").is_none(), "{name}");
        }
        let workers = stage
            .of("Deployment")
            .find(|it| it["metadata"]["name"] == "worker");
        if let Some(workers) = workers.filter(|_| stage.is("dev")) {
            assert_eq!(workers["spec"]["replicas"], 1);
        }
    }
}

/// The first of two steps has what migrates, all that this needs, and nothing of the new version that answers or works.
#[test]
fn what_migrates_comes_first() {
    for stage in Stage::all().filter(|stage| !stage.is_sqlite()) {
        let name = stage.name();
        let (first, then): (Vec<&Value>, Vec<&Value>) = stage
            .resources
            .iter()
            .partition(|it| it["metadata"]["labels"]["apply"] == "first");
        let jobs: Vec<&Value> = stage.of("Job").collect();
        let [job] = jobs[..] else {
            panic!("{name}: one Job")
        };
        assert!(first.contains(&job), "{name}");
        let pod = &job["spec"]["template"]["spec"];
        assert_eq!(words(&pod["containers"][0]["args"]), ["migrate", "up"]);
        assert_eq!(pod["restartPolicy"], "Never");
        for kind in ["ConfigMap", "NetworkPolicy", "Secret", "ServiceAccount"] {
            assert!(then.iter().all(|it| it["kind"] != kind), "{name}: {kind}");
        }
        for kind in ["Deployment", "Service"] {
            for resource in stage.of(kind) {
                let labels = &resource["metadata"]["labels"];
                let is_own = labels["app.kubernetes.io/name"] == NAME;
                assert_eq!(then.contains(&resource), is_own, "{name}: {resource}");
            }
        }
    }
}

/// SQLite is for one process on one machine, and what it stores is not in the pod.
#[test]
fn sqlite_is_one_process_with_a_volume() {
    for stage in Stage::all().filter(|stage| stage.is_sqlite()) {
        let all = stage.find("Deployment", &Value::from("all"));
        assert_eq!(all["spec"]["replicas"], 1);
        assert_eq!(all["spec"]["strategy"]["type"], "Recreate");
        let pod = &all["spec"]["template"]["spec"];
        let migrate = &pod["initContainers"][0];
        assert_eq!(words(&migrate["args"]), ["migrate", "up"]);
        let mounts = &pod["containers"][0]["volumeMounts"];
        assert_eq!(migrate["volumeMounts"], *mounts);
        assert_eq!(pod["securityContext"]["fsGroup"], 10001);
        let data = &pod["volumes"][0];
        let claim = &data["persistentVolumeClaim"]["claimName"];
        let claim = stage.find("PersistentVolumeClaim", claim);
        assert_eq!(words(&claim["spec"]["accessModes"]), ["ReadWriteOnce"]);
        let mut mounts = list(mounts).iter();
        let mount = mounts.find(|it| it["name"] == data["name"]);
        let place = text(&mount.expect("it is mounted")["mountPath"]);
        let dockerfile = stage.project.read("Dockerfile");
        assert!(dockerfile.contains(&format!("\nVOLUME {place}\n")));
        assert!(stage.of("Job").next().is_none());
    }
}
