use super::*;

#[track_caller]
fn check_cpu(text: &str, units: u32) {
    assert_eq!(cpu_size(text), Ok(CpuUnits(units)), "{text}");
}

#[track_caller]
fn check_memory(text: &str, mib: u32) {
    assert_eq!(memory_size(text), Ok(MiB(mib)), "{text}");
}

#[test]
fn sizes_in_the_forms_that_ecs_takes() {
    check_cpu("1024", 1024);
    check_cpu("1 vCPU", 1024);
    check_cpu("1 vcpu", 1024);
    check_cpu(".25 vCPU", 256);
    check_cpu("0.5vCPU", 512);
    check_cpu("32 vCPU", 32_768);
    check_memory("2048", 2048);
    check_memory("2GB", 2048);
    check_memory("2 GB", 2048);
    check_memory("0.5GB", 512);
    check_memory("244 GB", 249_856);
}

#[test]
fn what_is_not_a_size_is_refused() {
    for text in [
        "",
        "big",
        "-1",
        "1.5",
        "1 cpu",
        "vCPU",
        ". vCPU",
        "0.3333 vCPU",
        "1e3",
        "99999999999",
        "${cpu}",
        "4194304 vCPU",
    ] {
        assert!(cpu_size(text).is_err(), "{text}");
    }
    assert_eq!(
        memory_size("2G").unwrap_err().to_string(),
        "\"2G\" is not a size: 2048 or \"2 GB\" is expected"
    );
}

const WEB: &str = r#"{
  "family": "web", "cpu": ".5 vCPU", "memory": "1GB",
  "requiresCompatibilities": ["FARGATE"],
  "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
  "ephemeralStorage": {"sizeInGiB": 30},
  "containerDefinitions": [
    {"name": "gunicorn", "image": "web", "cpu": 384, "memoryReservation": 700},
    {"name": "nginx", "image": "nginx", "cpu": 128, "memory": 128}
  ]
}"#;

#[test]
fn a_definition_is_read_plain_and_wrapped() {
    let web = task_definition(WEB).unwrap();
    assert_eq!(web.size, Some(Size::new(512, 1024)));
    assert_eq!(web.architecture, Architecture::Arm);
    assert_eq!(web.ephemeral_gib, Some(30));
    assert_eq!(web.sum_of_containers(), Some(Size::new(512, 828)));
    let wrapped = format!("\u{feff}{{\"taskDefinition\": {WEB}, \"tags\": []}}");
    assert_eq!(task_definition(&wrapped).unwrap(), web);
}

#[track_caller]
fn check_refused(text: &str, message: &str) {
    assert_eq!(task_definition(text).unwrap_err().to_string(), message);
}

#[test]
fn refusals_name_the_field() {
    check_refused("{}", "containerDefinitions: is missing; is this a task definition?");
    check_refused(r#"{"containerDefinitions": []}"#, "containerDefinitions: holds no container");
    check_refused(r#"[{"image": "x"}]"#, "[][0].name: is missing or not text");
    check_refused(
        r#"{"cpu": "lots", "containerDefinitions": [{"name": "a"}]}"#,
        "cpu: \"lots\" is not a size: 1024 or \"1 vCPU\" is expected",
    );
    check_refused(
        r#"{"containerDefinitions": [{"name": "a", "memory": true}]}"#,
        "containerDefinitions[0].memory: is neither text nor a number",
    );
    check_refused(
        r#"{"ephemeralStorage": {"sizeInGiB": 201}, "containerDefinitions": [{"name": "a"}]}"#,
        "ephemeralStorage.sizeInGiB: a whole number from 21 to 200 is expected",
    );
    check_refused("{\n  \"cpu\": ${cpu}\n}", "is not JSON: line 2, column 10: expected value");
    check_refused("12", "(top level): an object or a list of containers is expected");
}

#[test]
fn a_bare_list_has_no_size_of_its_own() {
    let list =
        task_definition(r#"[{"name": "a", "cpu": 10, "memory": 500}, {"name": "b"}]"#).unwrap();
    assert_eq!((list.size, list.sum_of_containers()), (None, None));
    assert_eq!(list.containers.len(), 2);
}

#[test]
fn figures_beyond_belief_are_refused_and_do_not_overflow() {
    let huge = r#"[{"name": "a", "cpu": 4294967295, "memory": 1}]"#;
    check_refused(
        huge,
        "[][0].cpu: \"4294967295\" is not a size: a whole number of CPU units or MiB is expected",
    );
    let gpus =
        r#"[{"name": "a", "resourceRequirements": [{"type": "GPU", "value": "4294967295"}]}]"#;
    check_refused(gpus, "[][0].resourceRequirements.value: is not a number of GPUs");
    check_refused(
        r#"{"runtimePlatform": "ARM64", "containerDefinitions": [{"name": "a"}]}"#,
        "runtimePlatform: is not an object",
    );
}
