#[cfg(unix)] mod health; mod persons; /* two */ mod tasks;
