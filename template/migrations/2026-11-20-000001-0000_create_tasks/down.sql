DROP TABLE task_workers;
DROP TABLE tasks;
