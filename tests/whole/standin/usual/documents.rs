//! The documents of a service, in the shapes of the ECS API.

use super::place::{container, time};
use super::service::{Launch, Service};
use serde_json::{Value, json};

impl Service {
    pub(super) fn document(&self) -> Value {
        let running = self.running();
        let deployed = if self.is_web() { self.resized() } else { self.created() };
        let mut deployment = json!({
            "id": format!("ecs-svc/{:019}", self.number),
            "status": "PRIMARY",
            "taskDefinition": self.definition_arn(7),
            "desiredCount": running, "pendingCount": 0, "runningCount": running,
            "failedTasks": 0,
            "createdAt": time(deployed), "updatedAt": time(deployed + 120),
            "rolloutState": "COMPLETED",
            "rolloutStateReason": "ECS deployment completed.",
        });
        self.put_launch(&mut deployment);
        let mut document = json!({
            "serviceArn": self.arn(),
            "serviceName": self.name,
            "clusterArn": self.cluster_arn(),
            "loadBalancers": self.load_balancers(),
            "serviceRegistries": [],
            "status": "ACTIVE",
            "desiredCount": running, "runningCount": running, "pendingCount": 0,
            "taskDefinition": self.definition_arn(7),
            "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
            "deployments": [deployment],
            "events": [],
            "createdAt": time(self.created()),
            "schedulingStrategy": "REPLICA",
            "deploymentController": {"type": "ECS"},
            "propagateTags": "NONE",
            "enableECSManagedTags": false,
            "enableExecuteCommand": false,
            "tags": [{"key": "team", "value": format!("team-{}", self.number % 4)}],
        });
        if self.launch() == Launch::Ec2 {
            document["placementConstraints"] = json!([{"type": "distinctInstance"}]);
        }
        self.put_launch(&mut document);
        document
    }

    pub(super) fn load_balancers(&self) -> Value {
        if !self.is_web() {
            return json!([]);
        }
        let group = self.place.arn_of("elasticloadbalancing", "targetgroup/web/0123456789abcdef");
        json!([{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}])
    }

    /// The current revision, number 7; of `web` also the one before, half as big.
    pub(super) fn task_definitions(&self) -> Vec<Value> {
        let (cpu, memory) = self.size();
        let mut all = vec![self.task_definition(7, cpu, memory)];
        if self.is_web() {
            all.push(self.task_definition(6, cpu * 2, memory * 2));
        }
        all
    }

    pub(super) fn task_definition(&self, revision: i64, cpu: i64, memory: i64) -> Value {
        let side = self.number % 3 == 1;
        let own = self.launch() == Launch::Ec2;
        let port = if own {
            json!({"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"})
        } else {
            json!({"containerPort": 8080, "protocol": "tcp"})
        };
        let mut containers = vec![json!({
            "name": "app", "image": format!("registry.example/{}:{revision}", self.name),
            "cpu": if side { cpu - 64 } else { cpu }, "memoryReservation": memory / 2,
            "essential": true, "portMappings": [port],
            "environment": [], "mountPoints": [], "volumesFrom": [],
        })];
        if side {
            containers.push(json!({
                "name": "proxy", "image": "nginx:1.27", "cpu": 64, "memory": 128,
                "essential": false, "portMappings": [], "environment": [], "mountPoints": [],
                "volumesFrom": [],
            }));
        }
        let kind = if own { "EC2" } else { "FARGATE" };
        let mode = if own { "bridge" } else { "awsvpc" };
        let zone = "attribute:ecs.availability-zone == us-east-1a and task:group != service:prod";
        let constraints =
            if own { json!([{"type": "memberOf", "expression": zone}]) } else { json!([]) };
        let arm = self.number % 4 == 3 && self.launch() != Launch::Ec2;
        let architecture = if arm { "ARM64" } else { "X86_64" };
        json!({
            "taskDefinitionArn": self.definition_arn(revision),
            "containerDefinitions": containers,
            "family": self.name, "revision": revision, "volumes": [], "status": "ACTIVE",
            "networkMode": mode, "placementConstraints": constraints, "requiresAttributes": [],
            "compatibilities": ["EC2", "FARGATE"], "requiresCompatibilities": [kind],
            "cpu": cpu.to_string(), "memory": memory.to_string(),
            "runtimePlatform":
                {"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"},
            "registeredAt": time(self.created()),
            "registeredBy": self.place.iam("user/deploy"),
            "tags": [],
        })
    }

    pub(super) fn task(&self, task: i64) -> Value {
        let id = format!("{:016x}{:016x}", self.seed, task);
        let task_arn = self.place.arn(&format!("task/{}/{id}", self.cluster));
        let started = self.place.now - 7_200 - 60 * task;
        let (cpu, memory) = self.size();
        let mut document = json!({
            "taskArn": task_arn, "clusterArn": self.cluster_arn(),
            "taskDefinitionArn": self.definition_arn(7),
            "group": format!("service:{}", self.name),
            "startedBy": format!("ecs-svc/{:019}", self.number),
            "lastStatus": "RUNNING", "desiredStatus": "RUNNING",
            "cpu": cpu.to_string(), "memory": memory.to_string(),
            "createdAt": time(started - 40), "startedAt": time(started),
            "containers": [container(&task_arn, "app", "RUNNING")],
            "overrides": {"containerOverrides": []}, "attachments": [], "version": 3, "tags": [],
        });
        match self.launch() {
            Launch::Fargate => {}
            Launch::Spot => document["capacityProviderName"] = "FARGATE_SPOT".into(),
            Launch::Ec2 => {
                document["containerInstanceArn"] = self.place.instance_arn(self.cluster).into();
            }
        }
        let launch = if self.launch() == Launch::Ec2 { "EC2" } else { "FARGATE" };
        document["launchType"] = launch.into();
        document
    }

    pub(super) fn service_deployment(&self, at: i64, revision: i64) -> Value {
        let number = 1_000_000_000_000_000_000 + revision;
        let path = format!("{}/{}", self.cluster, self.name);
        json!({
            "serviceDeploymentArn": self.place.arn(&format!("service-deployment/{path}/{number}")),
            "serviceArn": self.arn(), "clusterArn": self.cluster_arn(),
            "createdAt": time(at), "startedAt": time(at + 1), "finishedAt": time(at + 120),
            "updatedAt": time(at + 120), "status": "SUCCESSFUL",
            "sourceServiceRevisions": [],
            "targetServiceRevision": {
                "arn": self.revision_arn(revision), "requestedTaskCount": self.running(),
                "runningTaskCount": self.running(), "pendingTaskCount": 0,
            },
        })
    }

    pub(super) fn service_revision(&self, at: i64, revision: i64) -> Value {
        let mut document = json!({
            "serviceRevisionArn": self.revision_arn(revision),
            "serviceArn": self.arn(), "clusterArn": self.cluster_arn(),
            "taskDefinition": self.definition_arn(revision),
            "createdAt": time(at), "loadBalancers": self.load_balancers(),
            "containerImages": [{
                "containerName": "app",
                "image": format!("registry.example/{}:{revision}", self.name),
            }],
        });
        self.put_launch(&mut document);
        document
    }
}
