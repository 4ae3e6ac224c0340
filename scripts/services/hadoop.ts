/** What the services of Apache Hadoop have in common: their configuration files. */

/** A file of Hadoop's settings, `…-site.xml`. */
export function siteFile(properties: Record<string, string | number>): string {
  const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const lines = Object.entries(properties).map(
    ([name, value]) => `  <property><name>${name}</name><value>${escape(String(value))}</value></property>`,
  );
  return `<?xml version="1.0"?>\n<configuration>\n${lines.join("\n")}\n</configuration>\n`;
}

/** Its `log4j.properties`: everything to standard output. */
export const logging = `log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
`;
